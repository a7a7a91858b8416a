/** The first API key, with which the team's own services call the HTTP API. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { KeySource, Keys } from '../ports/key-source';

/** True for the current key, and for the previous one until it is retired. */
export async function isApiKey(given: string, keys: KeySource): Promise<boolean> {
  return isOneOf(given, await keys.get()) || isOneOf(given, await keys.refresh());
}

function isOneOf(given: string, { current, previous }: Keys): boolean {
  const known = previous === undefined ? [current] : [current, previous];
  return known.map((key) => isSame(given, key)).includes(true);
}

/**
 * Compares in constant time, so that a key cannot be guessed character by character. Compares digests, because `timingSafeEqual` needs
 * equal lengths and the key's length should not leak either.
 */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
