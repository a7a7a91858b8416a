/** A rate limit as API Gateway's: a bucket of tokens that fills at the rate and holds one second of it. */
import type { GatewayClock } from './clock';

/** True where the request may pass; each pass takes a token. */
export type Throttle = () => boolean;

/** @param perSecond  how many may pass in a second; undefined for no limit */
export function createThrottle(perSecond: number | undefined, clock: GatewayClock): Throttle {
  if (perSecond === undefined) return () => true;
  let tokens = perSecond;
  let filledAt = clock.monotonic();
  return () => {
    const now = clock.monotonic();
    const seconds = (now - filledAt) / 1_000;
    tokens = Math.min(perSecond, tokens + seconds * perSecond);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
