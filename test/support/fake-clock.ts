/** A clock that stands still until a test moves it; sleeping moves it, and takes no time. */
import type { Clock } from '../../lambdas/runtime';

export interface FakeClock extends Clock {
  advance(milliseconds: number): void;
  /** What was slept, in milliseconds each, in order. */
  slept: number[];
}

/** Far ahead: a real DynamoDB deletes what has ended by its own clock, and would take the items of a test in the past. */
const START = Date.UTC(2099, 0, 1);

export function createFakeClock(start = START): FakeClock {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => Math.floor(now),
    advance(milliseconds) {
      now += milliseconds;
    },
    async sleep(milliseconds) {
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}
