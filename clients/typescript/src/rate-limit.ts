/** The pause after `rate_limited` (R37). */
import { doubled, Timer } from './timers';
import type { Clock, Timers } from './types';

export class RateLimit {
  readonly #timer: Timer;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #over: () => void;
  #until = 0;
  #pauses = 0;

  /** @param over  called at the end of each pause */
  constructor(clock: Clock, timers: Timers, over: () => void) {
    this.#timer = new Timer(clock);
    this.#clock = clock;
    this.#timers = timers;
    this.#over = over;
  }

  get isPaused(): boolean {
    return this.#timer.isSet;
  }

  /** The server refused a message. Pauses double if the server names no time; a running pause only gets longer. */
  refused(retryAfterMs: number | undefined): void {
    const { retryMs, backoffMaxMs } = this.#timers;
    if (!this.isPaused) this.#pauses++;
    const wait = retryAfterMs ?? doubled(retryMs, this.#pauses - 1, backoffMaxMs);
    const until = this.#clock.now() + wait;
    if (this.isPaused && until <= this.#until) return;
    this.#until = until;
    this.#timer.set(wait, this.#over);
  }

  /** A message got through. */
  passed(): void {
    this.#pauses = 0;
  }

  stop(): void {
    this.#timer.clear();
  }
}
