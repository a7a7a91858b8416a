/** Starts the task that answers a chat message. */
import type { ClientConnection } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { UnavailableError } from '../ports/errors';
import { type NewId, uuidOfText } from '../ports/runtime';
import type { SenderNumber } from '../protocol/marks';
import type { Position } from '../protocol/position';
import type { RespondTask } from '../replies/respond-task';
import { sendAgain } from './send-again';

export interface AskedMessage {
  connection: ClientConnection;
  text: string;
  /** ISO-8601. */
  at: string;
  messageId: string | undefined;
  replyId: string;
  /** The client's last position; undefined if unknown. */
  after: Position | undefined;
  sent: SenderNumber | undefined;
  /** A position that it took and does not need. */
  taken: Position | undefined;
}

/** @throws ProtocolError `in_progress` if the task cannot be started and the message has a number: then a repeat starts it */
export type StartReply = (message: AskedMessage) => Promise<void>;

/**
 * The id of the reply to a message. A numbered message always gets the same id. So if two tasks answer it, the earlier one stops, like
 * the earlier of two runs of one task.
 */
export function replyIdOf(
  clientId: string,
  epoch: string | undefined,
  sent: SenderNumber | undefined,
  newId: NewId,
): string {
  return sent === undefined ? newId() : uuidOfText(JSON.stringify([clientId, epoch, sent.sender, sent.number]));
}

export function createStartReply({ tasks }: Pick<Dependencies, 'tasks'>): StartReply {
  return async function startReply({ connection, text, at, messageId, replyId, after, sent, taken }) {
    const started = tasks.start<RespondTask>({
      task: 'respond',
      replyId,
      clientId: connection.clientId,
      connection,
      text,
      at,
      ...(messageId !== undefined && { messageId }),
      ...(after && { after }),
      ...(sent && { sent }),
      ...(taken && { taken }),
    });
    await (sent ? started.catch((error) => sendAgain(new UnavailableError(error))) : started);
  };
}
