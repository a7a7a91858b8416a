/** Retry policy and concurrency limit for @connections. In one place, because nested retries multiply. */
import { ConnectionError, type ConnectionErrorCode, type DeliveryMode } from '../ports/connections';
import type { Clock } from '../ports/runtime';
import { ConcurrencyLimiter } from './concurrency-limiter';

interface Policy {
  /** Milliseconds before each retry, with jitter of up to half. */
  delays: readonly number[];
  /** Errors that are retried. After `failed`, the client may have received the message. */
  codes: ReadonlySet<ConnectionErrorCode>;
}

const POLICIES: Readonly<Record<DeliveryMode, Policy>> = {
  once: { delays: [], codes: new Set() },
  at_most_once: { delays: [100, 200, 400], codes: new Set(['throttled']) },
  // About 2 seconds in all: a client that does not read is throttled forever and holds up its page. Yet enough attempts that of a million
  // posts none fails by chance alone.
  at_least_once: { delays: [50, 100, 200, 400, 800, 800, 800], codes: new Set(['throttled', 'failed']) },
};

export type Retry = <Result>(call: () => Promise<Result>, mode: DeliveryMode) => Promise<Result>;

/** At-least-once calls share one concurrency limit; a call that waits for a retry keeps its slot. */
export function createRetry(clock: Clock): Retry {
  const limiter = new ConcurrencyLimiter(() => clock.now());

  async function attempt<Result>(call: () => Promise<Result>, { delays, codes }: Policy): Promise<Result> {
    for (let tries = 0; ; tries++) {
      const startedAt = clock.now();
      try {
        const result = await call();
        limiter.succeeded();
        return result;
      } catch (error) {
        const code = error instanceof ConnectionError ? error.code : 'failed';
        if (code === 'throttled') limiter.throttled(startedAt);
        const delay = delays[tries];
        if (delay === undefined || !codes.has(code)) throw error;
        await clock.sleep((delay * (1 + Math.random())) / 2);
      }
    }
  }

  return async function withRetries(call, mode) {
    const policy = POLICIES[mode];
    if (mode !== 'at_least_once') return attempt(call, policy);
    await limiter.enter();
    try {
      return await attempt(call, policy);
    } finally {
      limiter.leave();
    }
  };
}
