/** Converts frames to history records and stores them. */
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

/** A message received from a client. */
export interface ReceivedMessage {
  object: JsonObject;
  text: string;
  /** The client's `message_id`, or one of ours. */
  id: string;
  /** When it arrived, ISO-8601. */
  at: string;
}

/** A history record of a client's message, with the server's time. */
export function recordOfReceived({ object, text, id, at }: ReceivedMessage): HistoryRecord {
  const { type, data = {} } = object as { type: string; data?: JsonObject };
  return recordOfFrame('in', frameOf({ type, data }, id, at), text.length);
}

/** The frame of a sent record, as it was sent. */
export function frameOfRecord({ type, data, messageId, timestamp, replyTo }: HistoryRecord, position: Position): Frame {
  const frame: Frame = { type, data, message_id: messageId, timestamp };
  if (replyTo !== undefined) frame.reply_to = replyTo;
  return placed(frame, position);
}

/**
 * Stores what has been handled or delivered. If the store fails, logs it and does not fail the call: the message was sent, and the caller
 * would send it again.
 */
export async function keep(items: readonly HistoryItem[], history: HistoryStore, log: Log): Promise<void> {
  try {
    await history.append(items);
  } catch (error) {
    const messages = items.reduce((sum, { records }) => sum + records.length, 0);
    log.error('history_failed', error, { messages, ...(items.length === 1 && { client_id: items[0]?.clientId }) });
  }
}

/** Largest growth of JSON when it is written again: `1e20,` becomes 22 characters. */
const MAX_GROWTH = 22 / 5;

/** False if a client's message is too large for the history once it is written again. Sent frames always fit. */
export function fitsInHistory({ direction, size, data }: HistoryRecord): boolean {
  if (direction === 'out' || size * MAX_GROWTH <= MAX_KEPT_BYTES) return true;
  return Buffer.byteLength(stringifyJson(data)) <= MAX_KEPT_BYTES;
}
