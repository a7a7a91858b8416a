/** Starts the task that answers a chat message. */
import type { ClientConnection } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import type { SenderNumber } from '../protocol/marks';
import type { Position } from '../protocol/position';
import type { RespondTask } from '../replies/respond-task';

export interface AskedMessage {
  connection: ClientConnection;
  text: string;
  /** ISO-8601. */
  at: string;
  messageId: string | undefined;
  sent: SenderNumber | undefined;
  /** A position that it took, and does not need. */
  taken: Position | undefined;
}

export type StartReply = (message: AskedMessage) => Promise<void>;

export function createStartReply({ tasks, newId }: Pick<Dependencies, 'tasks' | 'newId'>): StartReply {
  return async function startReply({ connection, text, at, messageId, sent, taken }) {
    await tasks.start<RespondTask>({
      task: 'respond',
      replyId: newId(),
      clientId: connection.clientId,
      connection,
      text,
      at,
      ...(messageId !== undefined && { messageId }),
      ...(sent && { sent }),
      ...(taken && { taken }),
    });
  };
}
