/** Sends what a line asks for. */
import { type Question, rawQuestion } from './answers';
import type { Action } from './commands';
import type { Connection } from './connection';

/** @returns what to look for in the frames that follow; undefined where the line sends nothing */
export function ask(action: Action, connection: Connection): Question | undefined {
  if (action.kind === 'message') return { messageId: connection.send(action.type, action.data), raw: false };
  if (action.kind !== 'raw') return undefined;
  connection.sendText(action.text);
  return rawQuestion(action.text);
}
