/** Finds the final answer to a sent message. */
import { ExactNumber, isJsonObject, jsonFrom, type Received, stringifyJson } from './frame';

export interface Question {
  /** Missing if a raw text has no usable id. */
  messageId?: string;
  /** The server may be unable to read the id of a raw text: then an `error` without `reply_to` is the answer. */
  raw: boolean;
}

/** Types that are not final, or that answer nothing. */
const NO_ANSWERS = new Set(['processing', 'chat_delta', 'connection_established', 'connection_closing']);

export function rawQuestion(text: string): Question {
  const value = jsonFrom(text);
  const id = isJsonObject(value) ? value.message_id : undefined;
  const messageId = typeof id === 'number' || id instanceof ExactNumber ? stringifyJson(id) : id; // as the server does
  return { raw: true, ...(typeof messageId === 'string' && messageId !== '' && { messageId }) };
}

export function answers({ frame }: Received, { messageId, raw }: Question): boolean {
  if (!frame) return true; // a gateway in between failed: no better answer will come
  if (NO_ANSWERS.has(frame.type)) return false;
  if (frame.replyTo !== undefined) return frame.replyTo === messageId;
  return raw && (messageId === undefined ? !frame.isPush : frame.type === 'error');
}

/** True for an error, a failed tool, and anything that is not a frame. */
export function isFailure({ frame }: Received): boolean {
  return frame === undefined || frame.type === 'error' || frame.data.status === 'failed';
}
