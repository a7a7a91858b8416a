/**
 * The rate of one client, as GCRA keeps it (the generic cell rate algorithm, a token bucket in one number): the time at which the client
 * would have used up what it sent, at its rate. Each message moves that time by one interval.
 */

export interface RateLimit {
  /** Messages a second in the long run. */
  perSecond: number;
  /** Messages at once, after a pause. */
  burst: number;
}

/** How many bursts beyond its burst a client may send before it is disconnected. */
const FLOOD_BURSTS = 4;

/** Seconds of its rate that a client with a rate of its own may send at once, where the server has no limit for the others. */
const BURST_SECONDS = 5;

export interface RateVerdict {
  /** Milliseconds until the next message is accepted; 0 where this one is. */
  retryAfterMs: number;
  /** So far above the rate that the connection should be closed. */
  isFlood: boolean;
}

export const WITHIN_RATE: RateVerdict = { retryAfterMs: 0, isFlood: false };

/** The limit of a client whose token allows so many messages a second. Its burst takes as long as the server's. */
export function ownLimit(perSecond: number, usual: RateLimit | undefined): RateLimit {
  const seconds = usual ? usual.burst / usual.perSecond : BURST_SECONDS;
  return { perSecond, burst: Math.max(1, Math.round(perSecond * seconds)) };
}

/** Milliseconds by which a message moves the time. */
export function intervalOf({ perSecond }: RateLimit): number {
  return 1_000 / perSecond;
}

/**
 * @param usedUpAt  after this message, milliseconds since 1970
 * @param now       milliseconds since 1970
 */
export function verdictOf(usedUpAt: number, now: number, limit: RateLimit): RateVerdict {
  const interval = intervalOf(limit);
  const ahead = usedUpAt - now - limit.burst * interval;
  if (ahead <= 0) return WITHIN_RATE;
  return { retryAfterMs: Math.ceil(ahead), isFlood: ahead > FLOOD_BURSTS * limit.burst * interval };
}
