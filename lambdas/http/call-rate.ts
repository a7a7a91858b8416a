/** Enforces the rate limit of API keys that have one. Counts in memory, so on AWS each container counts separately. */
import { intervalOf, verdictOf } from '../ports/rate-limit';
import type { Clock } from '../ports/runtime';
import { Problem } from '../protocol/problems';
import type { Caller } from './caller';

/** Burst size, in seconds of the key's rate. */
const BURST_SECONDS = 2;

export function createCallRate(clock: Pick<Clock, 'now'>) {
  const usedUpAt = new Map<string, number>();

  /** @throws Problem `rate_limited` */
  return function assertCallRate({ name, rate }: Caller): void {
    if (name === undefined || rate === undefined) return;
    const limit = { perSecond: rate, burst: Math.max(1, rate * BURST_SECONDS) };
    const now = clock.now();
    const after = Math.max(usedUpAt.get(name) ?? 0, now) + intervalOf(limit);
    const { retryAfterMs } = verdictOf(after, now, limit);
    if (retryAfterMs === 0) {
      usedUpAt.set(name, after);
      return;
    }
    const seconds = Math.ceil((retryAfterMs - intervalOf(limit)) / 1_000); // unlike a message, a refused call uses up nothing
    throw new Problem('rate_limited', `Rate limit of this API key reached; retry after ${seconds} seconds.`, {
      headers: { 'retry-after': String(seconds) },
    });
  };
}
