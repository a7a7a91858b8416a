/** Frames as records of the history, and keeping them. */
import type { Frame } from '../protocol/codec';
import { MAX_KEPT_BYTES } from '../protocol/limits';
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
  const fitting = records.filter(fits);
  const leftOut = records.length - fitting.length;
  if (leftOut > 0) log.info('history_left_out', { messages: leftOut });
  try {
    await sessions.append(fitting);
  } catch (error) {
    log.error('history_failed', error, { messages: records.length });
  }
}

/** How much longer a JSON text can be when it is written again: `1e20,` is 22 characters then, and nothing else grows as much. */
const MOST_GROWTH = 22 / 5;

/** What goes out has been written once already, and fitted in a message. */
function fits({ direction, size, data }: HistoryRecord): boolean {
  if (direction === 'out' || size * MOST_GROWTH <= MAX_KEPT_BYTES) return true;
  return Buffer.byteLength(JSON.stringify(data)) <= MAX_KEPT_BYTES;
}
