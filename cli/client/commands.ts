/** Parses typed lines. */
import { isJsonObject, type JsonObject, jsonFrom } from './frame';

export type Action =
  | { kind: 'nothing' }
  | { kind: 'message'; type: string; data?: JsonObject }
  | { kind: 'raw'; text: string }
  /** Whether later chats ask for pieces. */
  | { kind: 'stream'; isOn: boolean }
  /** Cancels the answer to the last chat. */
  | { kind: 'cancel' }
  | { kind: 'help' }
  | { kind: 'quit' }
  /** The line is invalid: `reason` says what is allowed, and nothing is sent. */
  | { kind: 'refused'; reason: string };

export const COMMAND_HELP = [
  'TEXT               sends TEXT as a chat message',
  '/ping              asks the server for a pong',
  '/tool NAME {json}  calls a tool; the parameters are optional',
  '/stream on|off     shows answers piece by piece, or complete',
  '/cancel            cancels the answer to the last chat',
  '/raw TEXT          sends TEXT as it is, valid or not',
  '/help              shows this list',
  '/quit              closes the connection',
];

type Reading = (rest: string) => Action;

const commands = new Map<string, Reading>([
  ['/ping', alone('/ping', { kind: 'message', type: 'ping' })],
  ['/tool', toolCall],
  ['/stream', streaming],
  ['/cancel', alone('/cancel', { kind: 'cancel' })],
  ['/raw', (text) => ({ kind: 'raw', text })],
  ['/help', alone('/help', { kind: 'help' })],
  ['/quit', alone('/quit', { kind: 'quit' })],
]);

export const COMMAND_NAMES: readonly string[] = [...commands.keys()];

export function actionFrom(line: string): Action {
  if (line.trim() === '') return { kind: 'nothing' };
  if (!line.startsWith('/')) return { kind: 'message', type: 'chat_message', data: { content: line, role: 'user' } };
  const [, name = '', rest = ''] = /^(\S+)\s?(.*)$/s.exec(line) ?? [];
  const read = commands.get(name);
  if (!read) return refused(`unknown command ${name}; commands: ${COMMAND_NAMES.join(', ')}`);
  return read(rest);
}

function alone(name: string, action: Action): Reading {
  return (rest) => (rest.trim() === '' ? action : refused(`${name} takes no arguments`));
}

function streaming(rest: string): Action {
  const answer = rest.trim();
  if (answer !== 'on' && answer !== 'off') return refused('/stream takes on or off');
  return { kind: 'stream', isOn: answer === 'on' };
}

function toolCall(rest: string): Action {
  const [, name, json = ''] = /^\s*(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (name === undefined || name.startsWith('{')) {
    return refused('/tool needs the name of a tool, such as /tool add {"a": 2, "b": 3}');
  }
  if (json.trim() === '') return { kind: 'message', type: 'tool_call', data: { tool_name: name, params: {} } };
  const params = jsonFrom(json);
  if (!isJsonObject(params)) {
    return refused(`the parameters of /tool must be a JSON object, such as /tool ${name} {"a": 2, "b": 3}`);
  }
  return { kind: 'message', type: 'tool_call', data: { tool_name: name, params } };
}

function refused(reason: string): Action {
  return { kind: 'refused', reason };
}
