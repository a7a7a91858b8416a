/** Shared by the DynamoDB stores: TTLs, keys, cursors, conditions, and error names. */

import { InvalidCursorError } from '../ports/page';
import type { Clock } from '../ports/runtime';

/** Bytes of a partition key; DynamoDB's limit. */
const MAX_PARTITION_KEY_BYTES = 2_048;

/** Now, in the unit of `expires_at`: seconds since 1970. */
export function secondsNow(clock: Clock): number {
  return clock.now() / 1_000;
}

/** Rounded down, so that no item lives too long. */
export function expiresAt(clock: Clock, secondsToLive: number): number {
  return Math.floor(secondsNow(clock) + secondsToLive);
}

/** True if this is a valid partition key. DynamoDB rejects any other with an error; a reader simply finds nothing. */
export function isPartitionKey(key: string): boolean {
  return key !== '' && Buffer.byteLength(key) <= MAX_PARTITION_KEY_BYTES && !/\p{Surrogate}/u.test(key);
}

export function cursorFromKey(key: string): string {
  return Buffer.from(key).toString('base64url');
}

/** @throws InvalidCursorError */
export function keyFromCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  // Decoding skips unknown characters: accept only text that encodes back to itself.
  if (cursorFromKey(key) !== cursor || !isPartitionKey(key)) throw new InvalidCursorError();
  return key;
}

/**
 * Reads pages until one has rows or is the last: expired items can fill a whole page.
 * @throws InvalidCursorError  if DynamoDB rejects the key in the caller's cursor, for example one of another segment
 */
export async function firstPageWithRows<Key>(
  start: Key | undefined,
  read: (start: Key | undefined) => Promise<{ Items?: Record<string, unknown>[]; LastEvaluatedKey?: Key }>,
): Promise<{ items: Record<string, unknown>[]; last?: Key }> {
  let from = start;
  for (;;) {
    try {
      const { Items: items = [], LastEvaluatedKey: last } = await read(from);
      if (items.length > 0 || last === undefined) return { items, last };
      from = last;
    } catch (error) {
      if (from !== undefined && from === start && isNamed(error, 'ValidationException')) throw new InvalidCursorError();
      throw error;
    }
  }
}

/** True if the write succeeded; false if its condition failed. */
export async function conditionally(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}

/** Compares names, because classes differ between copies of the SDK. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
