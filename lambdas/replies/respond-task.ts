/** The task that answers one chat message, and the question it contains. */

import { recordOfReceived } from '../delivery/keep';
import type { ClientConnection } from '../ports/client-store';
import type { HistoryRecord } from '../ports/history-store';
import type { ReplyTask } from '../ports/reply-queue';
import type { ReplyKey } from '../ports/reply-store';
import { clientMessages } from '../protocol/client-messages';
import { parseObject, validate } from '../protocol/codec';
import type { SenderNumber } from '../protocol/marks';
import type { Position } from '../protocol/position';

export interface RespondTask extends ReplyTask {
  task: 'respond';
  /** The `message_id` of the answer, the same for every run. */
  replyId: string;
  /** The connection that the question came from. The answer goes there unless the client has a newer one. */
  connection: ClientConnection;
  /** For the log, which reads it from here. */
  clientId: string;
  /** The raw question. */
  text: string;
  /** The client's `message_id`, if it has one. */
  messageId?: string;
  /** The client's last position when it asked: the answer's is above it. Undefined if the store could not count the question. */
  after?: Position;
  /** The client's number of the question. */
  sent?: SenderNumber;
  /** A position that was assigned for the answer but that the answer was too late to use. */
  taken?: Position;
}

/** A question without an id cannot be cancelled; its answer's id is used instead. */
export function keyOf({ clientId, messageId, replyId }: RespondTask): ReplyKey {
  return { clientId, messageId: messageId ?? replyId };
}

export interface Question {
  content: string;
  role: string;
  /** Whether the client asked for streaming. */
  isStreamed: boolean;
  record: HistoryRecord;
}

export function questionOf({ text, messageId, replyId, at }: RespondTask): Question {
  const object = parseObject(text);
  const { content, role, stream } = validate(clientMessages.chat_message, object).data;
  const record = recordOfReceived({ object, text, id: messageId ?? `question-of-${replyId}`, at });
  return { content, role: role ?? 'user', isStreamed: stream === true, record };
}
