/** Formats frames as readable lines: time, type, and the important fields. */
import { type Frame, isJsonObject, type JsonObject, type Received, stringifyJson } from './frame';

export type Style = 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Maximum characters to show of a value; a message can have 128 KiB. */
const SHOWN_CHARACTERS = 4_000;

/** Width of the most frequent types, so that their contents are aligned. */
const TYPE_WIDTH = 'chat_response'.length;

const styles = new Map<string, Style>([
  ['error', 'red'],
  ['processing', 'dim'],
  ['pong', 'dim'],
  ['chat_delta', 'dim'],
  ['connection_established', 'dim'],
  ['chat_response', 'green'],
  ['tool_response', 'green'],
]);

const essences = new Map<string, (data: JsonObject) => string>([
  ['connection_established', welcome],
  ['processing', () => ''],
  ['pong', () => ''],
  ['chat_response', chatResponse],
  ['chat_delta', ({ delta, content }) => text(delta ?? content)],
  ['chat_message', ({ content, from_api }) => `${from_api === true ? 'from the server: ' : ''}${text(content)}`],
  ['tool_response', toolResponse],
  ['tool_call', toolCall],
  ['error', error],
]);

export function linesFrom({ frame, text: received }: Received, paint: Paint = plain): string[] {
  if (!frame) return [`${paint('dim', '--:--:--')}  ${paint('red', 'no frame'.padEnd(TYPE_WIDTH))}  ${text(received)}`];
  const [first = '', ...rest] = essence(frame).split('\n');
  const time = paint('dim', clockTime(frame.timestamp));
  const type = paint(styles.get(frame.type) ?? 'yellow', text(frame.type).padEnd(TYPE_WIDTH));
  const indent = ' '.repeat('00:00:00'.length + 2 + TYPE_WIDTH + 2);
  return [`${time}  ${type}  ${first}`.trimEnd(), ...rest.map((line) => indent + line)];
}

function essence({ type, data }: Frame): string {
  return (essences.get(type) ?? pretty)(data);
}

function welcome({ client_id, protocol, heartbeat_seconds, max_message_bytes }: JsonObject): string {
  const limits = [
    protocol !== undefined && `protocol ${text(protocol)}`,
    heartbeat_seconds !== undefined && `heartbeat every ${text(heartbeat_seconds)} s`,
    max_message_bytes !== undefined && `up to ${text(max_message_bytes)} bytes a message`,
  ].filter((limit) => limit !== false);
  return [`you are client ${text(client_id)}`, ...(limits.length ? [limits.join(', ')] : [])].join('\n');
}

function chatResponse({ content, status = 'completed' }: JsonObject): string {
  return `${status === 'completed' ? '' : `(${text(status)}) `}${text(content)}`;
}

function toolCall({ tool_name, params, from_api }: JsonObject): string {
  return `${from_api === true ? 'from the server: ' : ''}${text(tool_name)} ${pretty(params ?? {})}`;
}

function toolResponse({ tool_name, result, status, error: failure, simulated }: JsonObject): string {
  const name = text(tool_name);
  if (status === 'failed') {
    const { code, message } = isJsonObject(failure) ? failure : {};
    return `${name} failed: ${text(code)}: ${text(message)}`;
  }
  return `${name}${simulated === true ? ' (simulated: nobody registered it)' : ''} = ${pretty(result)}`;
}

function error({ code, error: sentence, details }: JsonObject): string {
  const list = Array.isArray(details) ? details.filter(isJsonObject) : [];
  return [
    `${text(code)}: ${text(sentence)}`,
    ...list.map(({ path, message }) => `${text(path)}: ${text(message)}`),
  ].join('\n');
}

/** JSON on one line if it is short, else indented. */
function pretty(value: unknown): string {
  const line = stringifyJson(value) ?? 'nothing';
  return text(line.length <= 80 ? line : stringifyJson(value, 2));
}

function text(value: unknown): string {
  const whole = typeof value === 'string' ? value : (stringifyJson(value) ?? '?');
  const shown = whole.length > SHOWN_CHARACTERS ? whole.slice(0, SHOWN_CHARACTERS) : whole;
  const rest = whole.length - shown.length;
  return harmless(shown) + (rest > 0 ? ` … (${rest} more characters)` : '');
}

/** Escapes control and bidirectional characters, so that received text cannot control the terminal. */
function harmless(foreign: string): string {
  return foreign.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function clockTime(timestamp: string | undefined): string {
  const date = new Date(timestamp ?? '');
  if (Number.isNaN(date.getTime())) return '--:--:--';
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
