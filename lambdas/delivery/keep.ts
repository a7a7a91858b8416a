/** Frames as records of the history, and storing them. */
import type { HistoryItem, HistoryRecord, HistoryStore } from '../ports/history-store';
import type { Log } from '../ports/runtime';
import { type Frame, frameOf, placed } from '../protocol/codec';
import { type JsonObject, stringifyJson } from '../protocol/json';
import { MAX_KEPT_BYTES } from '../protocol/limits';
import type { Position } from '../protocol/position';

/** @param size  characters of the frame's text */
export function recordOfFrame(direction: HistoryRecord['direction'], frame: Frame, size: number): HistoryRecord {
  const record: HistoryRecord = {
    direction,
    messageId: frame.message_id,
    type: frame.type,
    data: frame.data,
    timestamp: frame.timestamp,
    size,
  };
  if (frame.reply_to !== undefined) record.replyTo = frame.reply_to;
  return record;
}

/** A message as it came from a client. */
export interface ReceivedMessage {
  object: JsonObject;
  text: string;
  /** The client's own, or one of ours. */
  id: string;
  /** When it came, ISO-8601. */
  at: string;
}

/** A client's message as history keeps it: at the server's time. */
export function recordOfReceived({ object, text, id, at }: ReceivedMessage): HistoryRecord {
  const { type, data = {} } = object as { type: string; data?: JsonObject };
  return recordOfFrame('in', frameOf({ type, data }, id, at), text.length);
}

/** The frame of a record that went out, as it was sent. */
export function frameOfRecord({ type, data, messageId, timestamp, replyTo }: HistoryRecord, position: Position): Frame {
  const frame: Frame = { type, data, message_id: messageId, timestamp };
  if (replyTo !== undefined) frame.reply_to = replyTo;
  return placed(frame, position);
}

/**
 * Stores what has been handled or delivered. A failing store is logged, and no error of the call: the message is out, and
 * its sender would send it again.
 */
export async function keep(items: readonly HistoryItem[], history: HistoryStore, log: Log): Promise<void> {
  try {
    await history.append(items);
  } catch (error) {
    const messages = items.reduce((sum, { records }) => sum + records.length, 0);
    log.error('history_failed', error, { messages, ...(items.length === 1 && { client_id: items[0]?.clientId }) });
  }
}

/** How much longer a JSON text can become when it is written again: `1e20,` takes 22 characters then. */
const MAX_GROWTH = 22 / 5;

/** False for a client's message that is too large for the history once it is written again. What goes out fits already. */
export function fitsInHistory({ direction, size, data }: HistoryRecord): boolean {
  if (direction === 'out' || size * MAX_GROWTH <= MAX_KEPT_BYTES) return true;
  return Buffer.byteLength(stringifyJson(data)) <= MAX_KEPT_BYTES;
}
