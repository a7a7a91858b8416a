/** Time as the gateway uses it, so that a test can move two hours in no time. */

export interface GatewayClock {
  /** Milliseconds since 1970, for what others read. It jumps where somebody sets the clock. */
  now(): number;
  /** Milliseconds since some moment, for how long something takes. It never jumps. */
  monotonic(): number;
  /** Calls back after so many milliseconds, unless cancelled by the function it returns. */
  setTimer(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: GatewayClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds).unref(); // open ports hold the process; a handler's 29 s must not
    return () => clearTimeout(timer);
  },
};
