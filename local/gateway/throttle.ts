/** A rate limit like API Gateway's: a token bucket that holds one second's worth of tokens. */
import type { GatewayClock } from './clock';

/** True if the request may pass, which takes a token. */
export type Throttle = () => boolean;

/** @param perSecond  requests per second; undefined for no limit */
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
