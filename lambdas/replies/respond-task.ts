/** The task that answers one chat message, and what it says of the message. */

import { recordOfReceived } from '../delivery/keep';
import type { ClientConnection } from '../ports/client-store';
import type { HistoryRecord } from '../ports/history-store';
import type { ReplyKey } from '../ports/reply-store';
import type { Task } from '../ports/tasks';
import { clientMessages } from '../protocol/client-messages';
import { parseObject, validate } from '../protocol/codec';
import type { SenderNumber } from '../protocol/marks';
import type { Position } from '../protocol/position';

export interface RespondTask extends Task {
  task: 'respond';
  /** The `message_id` of the answer, whichever run gives it. */
  replyId: string;
  /** Where the question came from, and the answer goes to, while the client has no newer connection. */
  connection: ClientConnection;
  /** For the log, which looks for it here. */
  clientId: string;
  /** The question as it came. */
  text: string;
  /** When it came, ISO-8601. */
  at: string;
  /** The client's own id of it, if it has one. */
  messageId?: string;
  /** The client's number of it. */
  sent?: SenderNumber;
  /** A position that was given out for the answer, which comes too late for it. */
  taken?: Position;
}

/** A question without an id of its own can't be cancelled, and has the id of its answer here. */
export function keyOf({ clientId, messageId, replyId }: RespondTask): ReplyKey {
  return { clientId, messageId: messageId ?? replyId };
}

export interface Question {
  content: string;
  role: string;
  /** Whether the client wants to see the text grow. */
  isStreamed: boolean;
  record: HistoryRecord;
}

export function questionOf({ text, messageId, replyId, at }: RespondTask): Question {
  const object = parseObject(text);
  const { content, role, stream } = validate(clientMessages.chat_message, object).data;
  const record = recordOfReceived({ object, text, id: messageId ?? `question-of-${replyId}`, at });
  return { content, role: role ?? 'user', isStreamed: stream === true, record };
}
