/**
 * A client's rate limit as in GCRA (generic cell rate algorithm, a token bucket in one number). The number is the time at which the
 * client would have used up the messages it sent, at its rate. Each message moves it by one interval.
 */

export interface RateLimit {
  /** Sustained rate, in messages per second. */
  perSecond: number;
  /** Messages in a burst after a pause. */
  burst: number;
}

/** Number of bursts over the limit at which a client is disconnected. */
const FLOOD_BURSTS = 4;

/** Burst of a client with its own rate, in seconds of that rate, if the server has no default limit. */
const BURST_SECONDS = 5;

export interface RateVerdict {
  /** Milliseconds until the next message is accepted; 0 if this one is. */
  retryAfterMs: number;
  /** So far over the limit that the connection should be closed. */
  isFlood: boolean;
}

export const WITHIN_RATE: RateVerdict = { retryAfterMs: 0, isFlood: false };

/** Limit of a client with its own rate. Its burst lasts as many seconds as the server's. */
export function ownLimit(perSecond: number, usual: RateLimit | undefined): RateLimit {
  const seconds = usual ? usual.burst / usual.perSecond : BURST_SECONDS;
  return { perSecond, burst: Math.max(1, Math.round(perSecond * seconds)) };
}

/** Milliseconds that one message uses up. */
export function intervalOf({ perSecond }: RateLimit): number {
  return 1_000 / perSecond;
}

/**
 * @param usedUpAt  including this message, in milliseconds since 1970
 * @param now       milliseconds since 1970
 */
export function verdictOf(usedUpAt: number, now: number, limit: RateLimit): RateVerdict {
  const interval = intervalOf(limit);
  const ahead = usedUpAt - now - limit.burst * interval;
  if (ahead <= 0) return WITHIN_RATE;
  return {
    retryAfterMs: Math.ceil(ahead + interval), // the next message uses up an interval too
    isFlood: ahead > FLOOD_BURSTS * limit.burst * interval,
  };
}
