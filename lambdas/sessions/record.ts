/** Frames as records of the history, and keeping them. */
import type { Frame } from '../protocol/codec';
import type { Log } from '../runtime';
import type { HistoryRecord, SessionStore } from './session-store';

/** @param size  characters of the frame's text */
export function recordOfFrame(
  clientId: string,
  direction: HistoryRecord['direction'],
  frame: Frame,
  size: number,
): HistoryRecord {
  const record: HistoryRecord = {
    clientId,
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

/**
 * Keeps records of messages that have been handled or delivered. A store that fails here is logged and no more:
 * the message is out, and an error to its sender would have it sent twice.
 */
export async function keep(records: readonly HistoryRecord[], sessions: SessionStore, log: Log): Promise<void> {
  try {
    await sessions.append(records);
  } catch (error) {
    log.error('history_failed', error, { messages: records.length });
  }
}
