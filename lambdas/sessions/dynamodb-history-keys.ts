/** Where history is in its table: sort keys that go by time, and cursors that point between two messages. */
import { randomUUID } from 'node:crypto';
import { type Clock, isoTime } from '../runtime';
import { cursorFromKey, keyFromCursor } from './dynamodb-items';
import { InvalidCursorError } from './session-store';

/** A sort key, and in a cursor how many messages of its item the page before has given already. */
const POSITION = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#\d{4,}#[0-9a-f]{8})(?:\+(\d))?$/;

/**
 * Makes keys that sort by time, then by their turn within the millisecond, so that what this process keeps stays in order.
 * The random end keeps two processes from writing over each other.
 */
export function createSortKeys(clock: Clock): () => string {
  let millisecond = 0;
  let turn = 0;
  return () => {
    const now = clock.now();
    turn = now === millisecond ? turn + 1 : 0;
    millisecond = now;
    return `${isoTime(now)}#${String(turn).padStart(4, '0')}#${randomUUID().slice(0, 8)}`;
  };
}

/** Where a page ended: after `taken` of the item's messages, or after all of them where that is undefined. */
export interface Position {
  sortKey: string;
  taken?: number;
}

export function cursorFromPosition({ sortKey, taken }: Position): string {
  return cursorFromKey(taken === undefined ? sortKey : `${sortKey}+${taken}`);
}

/** @throws InvalidCursorError */
export function positionFromCursor(cursor: string): Position {
  const [, sortKey, taken] = POSITION.exec(keyFromCursor(cursor)) ?? [];
  if (sortKey === undefined) throw new InvalidCursorError();
  return taken === undefined ? { sortKey } : { sortKey, taken: Number(taken) };
}
