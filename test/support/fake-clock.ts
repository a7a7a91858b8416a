/** A clock that stands still until a test moves it; sleeping moves it, and takes no real time. */
import type { Clock } from '../../lambdas/ports/runtime';

export interface FakeClock extends Clock {
  /** Timers that are due by then call back. */
  advance(milliseconds: number): void;
  /** The duration of each sleep in milliseconds, in order. */
  slept: number[];
}

/** Far in the future: a real DynamoDB deletes expired items by its own clock, and would remove a test's items. */
const START = Date.UTC(2099, 0, 1);

export function createFakeClock(start = START): FakeClock {
  let now = start;
  const slept: number[] = [];
  const timers = new Set<{ at: number; callback: () => void }>();

  function advance(milliseconds: number): void {
    now += milliseconds;
    for (const timer of timers) {
      if (timer.at > now) continue;
      timers.delete(timer);
      timer.callback();
    }
  }

  return {
    slept,
    now: () => Math.floor(now),
    advance,
    async sleep(milliseconds) {
      slept.push(milliseconds);
      advance(milliseconds);
    },
    setTimer(milliseconds, callback) {
      const timer = { at: now + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
}
