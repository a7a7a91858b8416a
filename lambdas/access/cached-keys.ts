/** Caches keys that are expensive to read, for a limited time. */

import type { KeySource, Keys } from '../ports/key-source';
import type { Clock } from '../ports/runtime';

/**
 * Milliseconds that keys are cached. API Gateway caches an authorizer's answer for another 30 seconds (`lib/http-gateway.ts`), so a
 * retired key stops working after a minute at most.
 */
const MAX_AGE = 30_000;

/** Least milliseconds between two reads for credentials that match no key, so that guesses cannot trigger more. */
const MIN_AGE = 1_000;

/**
 * @param read  reads the keys; concurrent callers share one read
 */
export function createCachedKeys(read: () => Promise<Keys>, clock: Clock): KeySource {
  let kept: { keys: Keys; readAt: number } | undefined;
  let reading: Promise<Keys> | undefined;

  async function readNow(): Promise<Keys> {
    const readAt = clock.now(); // taken before the read, so that a change during it is not missed
    const keys = await read();
    kept = { keys, readAt };
    return keys;
  }

  async function atMost(age: number): Promise<Keys> {
    // Absolute difference: a clock that is set back must not keep a retired key valid.
    if (kept && Math.abs(clock.now() - kept.readAt) < age) return kept.keys;
    reading ??= readNow().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return { get: () => atMost(MAX_AGE), refresh: () => atMost(MIN_AGE) };
}
