/** A rate that may not be passed, as AWS keeps to one. */
import type { VirtualClock } from './virtual-clock';

export interface TokenBucket {
  /** False where so many are not there; what is refused takes none. */
  take(tokens: number): boolean;
}

/**
 * @param rate   tokens a second
 * @param burst  the most that can wait to be taken
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
