/** Which frame is the final answer to what was sent. */
import { isJsonObject, jsonFrom, type Received } from './frame';

export interface Question {
  /** Left out where a raw text has none that a server could repeat. */
  messageId?: string;
  /** A server may be unable to read the id of a raw text: then an `error` for nobody is the answer. */
  raw: boolean;
}

/** Types that answer; everything else without `reply_to` may be a push of the server's own. */
const ANSWERS = new Set(['chat_response', 'tool_response', 'pong', 'error']);

export function rawQuestion(text: string): Question {
  const value = jsonFrom(text);
  const id = isJsonObject(value) ? value.message_id : undefined;
  return { raw: true, ...(typeof id === 'string' && id !== '' && { messageId: id }) };
}

export function answers({ frame }: Received, { messageId, raw }: Question): boolean {
  if (!frame) return true; // a gateway in between failed: no better answer will come
  if (frame.type === 'processing' || frame.type === 'chat_delta') return false;
  if (frame.replyTo !== undefined) return frame.replyTo === messageId;
  return raw && (messageId === undefined ? ANSWERS.has(frame.type) : frame.type === 'error');
}

export function isError({ frame }: Received): boolean {
  return frame === undefined || frame.type === 'error';
}
