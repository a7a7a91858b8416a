/** The gateway's clock, injected so that tests can skip two hours. */

export interface GatewayClock {
  /** Wall-clock time for output, in milliseconds since 1970. It jumps when the system clock is set. */
  now(): number;
  /** Monotonic time for measuring durations, in milliseconds. */
  monotonic(): number;
  /** Calls back after this many milliseconds, unless the returned function cancels it. */
  setTimer(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: GatewayClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds).unref(); // open ports keep the process alive; a 29-second timeout must not
    return () => clearTimeout(timer);
  },
};
