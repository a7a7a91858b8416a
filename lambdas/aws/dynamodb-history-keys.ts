/**
 * Sort keys and cursors of the history. A client's partition has two ranges: `seq#…` by position for exchanges and pushes, and `cast#…`
 * by time for its copies of broadcasts, which have no position.
 */
import { randomUUID } from 'node:crypto';
import { InvalidCursorError } from '../ports/page';
import { type Clock, isoTime } from '../ports/runtime';
import { MAX_SEQ, type Position } from '../protocol/position';

export const RANGES = ['seq', 'cast'] as const;
export type Range = (typeof RANGES)[number];

/** Digits of a position in a sort key, so that text sorts like numbers. */
const SEQ_DIGITS = String(MAX_SEQ).length;

export function keyOfPosition({ epoch, seq }: Position): string {
  return `seq#${epoch}#${String(seq).padStart(SEQ_DIGITS, '0')}`;
}

/**
 * @param sortKey  from `keyOfPosition`
 */
export function positionOfKey(sortKey: string): Position {
  const [, epoch = '', seq] = sortKey.split('#');
  return { epoch, seq: Number(seq) };
}

/** Makes keys that sort by time, then by order of creation in this process; the random suffix keeps processes apart. */
export function createTimeKeys(clock: Clock): () => string {
  let millisecond = 0;
  let turn = 0;
  return () => {
    const now = clock.now();
    turn = now === millisecond ? turn + 1 : 0;
    millisecond = now;
    return `cast#${isoTime(now)}#${String(turn).padStart(4, '0')}#${randomUUID().slice(0, 8)}`;
  };
}

/** Where a page ended in one range: after `taken` records of the item, or after all of them if undefined. */
export interface Place {
  sortKey: string;
  taken?: number;
}

/** Where a page ended in each range: at a place, before the first record (undefined), or at the end. */
export type Places = Record<Range, Place | 'end' | undefined>;

const PLACE = {
  seq: /^(seq#[0-9a-z]{13}#\d{12})(?:\+(\d))?$/,
  cast: /^(cast#[0-9TZ:.-]{24}#\d{4,}#[0-9a-f]{8})(?:\+(\d))?$/,
};

export function cursorFromPlaces(places: Places): string {
  const text = RANGES.map((range) => placeText(places[range])).join('|');
  return Buffer.from(text).toString('base64url');
}

/** @throws InvalidCursorError */
export function placesFromCursor(cursor: string): Places {
  const text = Buffer.from(cursor, 'base64url').toString();
  const parts = text.split('|');
  if (parts.length !== RANGES.length || Buffer.from(text).toString('base64url') !== cursor)
    throw new InvalidCursorError();
  const [seq = '', cast = ''] = parts;
  return { seq: placeFromText('seq', seq), cast: placeFromText('cast', cast) };
}

function placeText(place: Place | 'end' | undefined): string {
  if (place === undefined || place === 'end') return place ?? '';
  return place.taken === undefined ? place.sortKey : `${place.sortKey}+${place.taken}`;
}

function placeFromText(range: Range, text: string): Place | 'end' | undefined {
  if (text === '') return undefined;
  if (text === 'end') return 'end';
  const [, sortKey, taken] = PLACE[range].exec(text) ?? [];
  if (sortKey === undefined) throw new InvalidCursorError();
  return taken === undefined ? { sortKey } : { sortKey, taken: Number(taken) };
}
