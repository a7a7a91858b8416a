/** Sends the message for a typed line. */
import { type Question, rawQuestion } from './answers';
import type { Action } from './commands';
import type { Connection } from './connection';

export type Ask = (action: Action, connection: Connection) => Question | undefined;

/** @returns sends a line, and returns what identifies its answer; undefined if the line expects none */
export function createAsk(): Ask {
  let isStreaming = false;
  let lastChat: string | undefined;

  return function ask(action, connection) {
    if (action.kind === 'stream') isStreaming = action.isOn;
    if (action.kind === 'cancel' && lastChat !== undefined) connection.send('cancel', { message_id: lastChat });
    if (action.kind === 'raw') {
      connection.sendText(action.text);
      return rawQuestion(action.text);
    }
    if (action.kind !== 'message') return undefined;
    const isChat = action.type === 'chat_message';
    const data = isChat && isStreaming ? { ...action.data, stream: true } : action.data;
    const messageId = connection.send(action.type, data);
    if (isChat) lastChat = messageId;
    return { messageId, raw: false };
  };
}
