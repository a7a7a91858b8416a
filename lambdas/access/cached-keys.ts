/** Keys that cost a call to read: read once, and kept for a bounded time. */

import type { KeySource, Keys } from '../ports/key-source';
import type { Clock } from '../ports/runtime';

/**
 * Milliseconds that keys are kept. API Gateway goes on with an authorizer's answer for 30 seconds more (`lib/http-gateway.ts`),
 * so that a key which was retired opens nothing after a minute.
 */
const MAX_AGE = 30_000;

/** Milliseconds between two reads that a credential asks for which fits no key: a stranger's guesses must not set the pace. */
const MIN_AGE = 1_000;

/** @param read  one read; several that ask at the same time share it */
export function createCachedKeys(read: () => Promise<Keys>, clock: Clock): KeySource {
  let kept: { keys: Keys; readAt: number } | undefined;
  let reading: Promise<Keys> | undefined;

  async function readNow(): Promise<Keys> {
    const readAt = clock.now(); // before the call, so that what changes while it runs is not missed
    const keys = await read();
    kept = { keys, readAt };
    return keys;
  }

  async function atMost(age: number): Promise<Keys> {
    // Of either sign: a clock that is set back must not keep a retired key good until it has caught up.
    if (kept && Math.abs(clock.now() - kept.readAt) < age) return kept.keys;
    reading ??= readNow().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return { get: () => atMost(MAX_AGE), refresh: () => atMost(MIN_AGE) };
}
