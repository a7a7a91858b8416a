/** A rate limit like those of AWS. */
import type { VirtualClock } from './virtual-clock';

export interface TokenBucket {
  /** False if there are not enough tokens; a refusal takes none. */
  take(tokens: number): boolean;
}

/**
 * @param rate   tokens a second
 * @param burst  maximum number of saved tokens
 */
export function createTokenBucket(clock: VirtualClock, rate: number, burst: number): TokenBucket {
  let left = burst;
  let filledAt = clock.now();
  return {
    take(tokens) {
      const now = clock.now();
      left = Math.min(burst, left + ((now - filledAt) * rate) / 1_000);
      filledAt = now;
      if (left < tokens) return false;
      left -= tokens;
      return true;
    },
  };
}
