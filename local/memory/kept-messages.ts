/** Messages of the in-memory history: one list per client, oldest first, ordered by position within an epoch. */
import type { CallState } from '../../lambdas/ports/call';
import type { HistoryRecord, PlacedItem } from '../../lambdas/ports/history-store';
import { type JsonObject, parseJson, stringifyJson } from '../../lambdas/protocol/json';
import type { Position } from '../../lambdas/protocol/position';

/** The content of a message. Recipients of a broadcast share one, and its bytes count once. */
export interface Content {
  /** Stored as text, because its size is known: an object can take 21 times the bytes of its JSON (a `{}` takes 56). */
  text: string;
  bytes: number;
  /** Number of messages that share it. */
  holders: number;
}

/** A message without its content. */
export type Envelope = Omit<HistoryRecord, 'data'>;

export interface Part {
  envelope: Envelope;
  content: Content;
}

/** Messages that were stored together. */
export interface KeptItem {
  /** Increases with each item. */
  id: number;
  clientId: string;
  /** Undefined for a copy of a broadcast. */
  position: Position | undefined;
  expiresAt: number;
  call?: CallState;
  /** Number of its entries that are still in the list. */
  held: number;
}

/** One message, or a void position. */
export interface Kept {
  item: KeptItem;
  /** Undefined for a void position. */
  envelope: Envelope | undefined;
  content: Content;
  /** Increases with each message of a client; used as the cursor of a page. */
  order: number;
}

/** @param size  characters of the message on the wire; numbers such as 1e20 grow when they are written again */
export function contentOf(data: JsonObject, size: number): Content {
  return contentFromText(stringifyJson(data), size);
}

export function contentFromText(text: string, size: number): Content {
  const bytesEach = Buffer.byteLength(text) === text.length ? 1 : 2; // V8 stores a string with any non-Latin-1 character in two bytes each
  return { text, bytes: bytesEach * Math.max(size, text.length), holders: 0 };
}

/** Of a void position. */
export const NOTHING: Content = { text: '{}', bytes: 0, holders: 1 };

/** The parts of an append. Consecutive items with the same data share its content, and with the same records all of it. */
export function createPartsOf(): (records: readonly HistoryRecord[]) => Part[] {
  let latest: { data: JsonObject; content: Content } | undefined;
  let copied: { records: readonly HistoryRecord[]; parts: Part[] } | undefined;
  return (records) => {
    if (copied?.records === records) return copied.parts;
    const parts = records.map((record) => {
      const { data, size } = record;
      if (latest?.data !== data) latest = { data, content: contentOf(data, size) };
      return { envelope: envelopeOf(record), content: latest.content };
    });
    copied = { records, parts };
    return parts;
  };
}

/** Field by field: `{ data, ...envelope }` takes ten times as long. */
function envelopeOf(record: HistoryRecord): Envelope {
  const { direction, messageId, type, timestamp, size, replyTo, hidden, heldUntil } = record;
  const envelope: Envelope = { direction, messageId, type, timestamp, size };
  if (replyTo !== undefined) envelope.replyTo = replyTo;
  if (hidden) envelope.hidden = hidden;
  if (heldUntil !== undefined) envelope.heldUntil = heldUntil;
  return envelope;
}

export function recordOf(envelope: Envelope, { text }: Content): HistoryRecord {
  return { ...envelope, data: parseJson(text) as JsonObject };
}

/** Index of the first message with a later position, or the end of the list. */
export function placeAfter(all: readonly Kept[], { epoch, seq }: Position): number {
  let place = all.length;
  for (let index = all.length - 1; index >= 0; index--) {
    const { position } = (all[index] as Kept).item;
    if (!position) continue; // copies of broadcasts have no position
    if (position.epoch < epoch || (position.epoch === epoch && position.seq <= seq)) break;
    place = index;
  }
  return place;
}

/** The messages at a position, expired or not. */
export function messagesAt(all: readonly Kept[], { epoch, seq }: Position): Kept[] {
  const from = placeAfter(all, { epoch, seq: seq - 1 });
  if (from === all.length) return [];
  return all
    .slice(from, placeAfter(all, { epoch, seq }))
    .filter(({ item: { position } }) => position?.epoch === epoch && position.seq === seq);
}

/**
 * Inserts a message in its place: at the end, unless messages with later positions arrived first. Those get higher order numbers, so that
 * the oldest is still dropped first.
 */
export function insert(all: Kept[], kept: Kept): void {
  const place = kept.item.position ? placeAfter(all, kept.item.position) : all.length;
  if (place === all.length) all.push(kept);
  else all.splice(place, 0, kept);
  for (let index = place + 1; index < all.length; index++) {
    const [earlier, later] = [all[index - 1] as Kept, all[index] as Kept];
    [earlier.order, later.order] = [later.order, earlier.order];
  }
}

/** @param kept  by position */
export function itemsOf(kept: readonly Kept[]): PlacedItem[] {
  const items: (PlacedItem & { records: HistoryRecord[] })[] = [];
  let latest: KeptItem | undefined;
  for (const { item, envelope, content } of kept) {
    const { clientId, position, call } = item;
    if (!position) continue;
    if (item !== latest) items.push({ clientId, position, records: [], ...(call && { call }) });
    latest = item;
    if (envelope) items.at(-1)?.records.push(recordOf(envelope, content));
  }
  return items;
}

/** The number of items whose frames fit into this many characters; at least one. */
export function countWithin(items: readonly PlacedItem[], maxCharacters: number): number {
  let characters = 0;
  for (const [index, { records }] of items.entries()) {
    characters += records.reduce((sum, { direction, size }) => sum + (direction === 'out' ? size : 0), 0);
    if (characters > maxCharacters) return Math.max(1, index);
  }
  return items.length;
}
