/** A clock of the gateway that stands still until a test moves it. */
import type { GatewayClock } from '../../local/gateway/clock';

export interface TestClock extends GatewayClock {
  /** Moves the time, and calls what was due by then. */
  advance(milliseconds: number): void;
}

export function createTestClock(start = 1_700_000_000_000): TestClock {
  let time = start;
  const timers = new Set<{ at: number; callback: () => void }>();
  return {
    now: () => time,
    setTimer(milliseconds, callback) {
      const timer = { at: time + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(milliseconds) {
      time += milliseconds;
      for (const timer of [...timers].filter(({ at }) => at <= time)) {
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}
