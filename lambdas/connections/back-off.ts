/**
 * Back-off: which calls that the platform did not take are made again, when, and how many are under way meanwhile.
 * It is here and nowhere else: tries within tries would multiply.
 */
import type { Clock } from '../runtime';
import { CallWindow } from './call-window';
import { ConnectionError, type ConnectionErrorCode, type Patience } from './connections';

interface Policy {
  /** Milliseconds before each further try; half of each is left to chance. */
  delays: readonly number[];
  /** What is tried again. After `failed` nobody knows whether the client got the message. */
  codes: ReadonlySet<ConnectionErrorCode>;
}

const POLICIES: Readonly<Record<Patience, Policy>> = {
  brief: { delays: [100, 200, 400], codes: new Set(['throttled']) },
  // Ends after some 2 seconds: a client that does not read is throttled for ever, and the page that it is in waits for it.
  // But many tries: of a million posts, none should be unlucky each time.
  long: { delays: [50, 100, 200, 400, 800, 800, 800], codes: new Set(['throttled', 'failed']) },
};

export type BackOff = <Result>(call: () => Promise<Result>, patience: Patience) => Promise<Result>;

/** Makes calls with patience. Those that have much of it share one window; what waits for its next try stays in it. */
export function createBackOff(clock: Clock): BackOff {
  const window = new CallWindow(() => clock.now());

  async function attempt<Result>(call: () => Promise<Result>, { delays, codes }: Policy): Promise<Result> {
    for (let tries = 0; ; tries++) {
      const begunAt = clock.now();
      try {
        const result = await call();
        window.gotThrough();
        return result;
      } catch (error) {
        const code = error instanceof ConnectionError ? error.code : 'failed';
        if (code === 'throttled') window.wasThrottled(begunAt);
        const delay = delays[tries];
        if (delay === undefined || !codes.has(code)) throw error;
        await clock.sleep((delay * (1 + Math.random())) / 2);
      }
    }
  }

  return async function withBackOff(call, patience) {
    const policy = POLICIES[patience];
    if (patience === 'brief') return attempt(call, policy);
    await window.enter();
    try {
      return await attempt(call, policy);
    } finally {
      window.leave();
    }
  };
}
