/** Defaults of the timers, the platform's clock, and a timer that can be reset. */
import type { Clock, Timers } from './types';

export const TIMERS: Timers = {
  connectMs: 20_000,
  pongMs: 10_000,
  resumeMs: 10_000,
  holeMs: 1_000,
  ackMs: 2_000,
  answerMs: 30_000,
  retryMs: 1_000,
  backoffMs: 500,
  backoffMaxMs: 30_000,
  stableMs: 10_000,
  changeMs: 60_000,
};

/** The maximum delay of setTimeout. */
const MAX_TIMEOUT_MS = 2_147_483_647;

export const platformClock: Clock = {
  now: () => performance.now(),
  setTimer(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, MAX_TIMEOUT_MS));
    return () => clearTimeout(timer);
  },
};

/** One timer: setting it again replaces the earlier one. */
export class Timer {
  #cancel: (() => void) | undefined;

  constructor(readonly clock: Clock) {}

  get isSet(): boolean {
    return this.#cancel !== undefined;
  }

  set(milliseconds: number, callback: () => void): void {
    this.clear();
    this.#cancel = this.clock.setTimer(milliseconds, () => {
      this.#cancel = undefined;
      callback();
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

/** `base`, doubled with each attempt from 0 on, up to `most`. */
export const doubled = (base: number, tries: number, most: number) => Math.min(most, base * 2 ** tries);
