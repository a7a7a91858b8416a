/** A clock for the gateway that stands still until a test moves it. */
import type { GatewayClock } from '../../local/gateway/clock';

export interface TestClock extends GatewayClock {
  /** Moves the time, and calls timers that are due. */
  advance(milliseconds: number): void;
  /** Sets the system clock, as a person or NTP does: no time passes. */
  jump(milliseconds: number): void;
}

export function createTestClock(start = 1_700_000_000_000): TestClock {
  let elapsed = 0;
  let jumped = 0;
  const timers = new Set<{ at: number; callback: () => void }>();
  return {
    now: () => start + elapsed + jumped,
    monotonic: () => elapsed,
    setTimer(milliseconds, callback) {
      const timer = { at: elapsed + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(milliseconds) {
      elapsed += milliseconds;
      for (const timer of [...timers].filter(({ at }) => at <= elapsed)) {
        timers.delete(timer);
        timer.callback();
      }
    },
    jump(milliseconds) {
      jumped += milliseconds;
    },
  };
}
