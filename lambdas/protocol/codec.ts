/** Text to message and frame to text, with the limits of the wire. Knows the envelope, and no message type. */
import * as z from 'zod/mini';
import { ProtocolError } from './errors';
import { isJsonObject, type JsonObject, nestsDeeperThan, parseJson, stringifyJson } from './json';
import { MAX_MESSAGE_BYTES, MAX_NESTING } from './limits';
import type { Position } from './position';
import type { ServerMessage } from './server-messages';
import { detailsFromIssues, summaryOfDetails } from './validation';

/** A message from the server as it goes over the wire. Times are ISO-8601 UTC with milliseconds. */
export interface Frame {
  type: string;
  data: JsonObject;
  message_id: string;
  timestamp: string;
  reply_to?: string;
  /** With `seq`, the place of a durable frame. */
  epoch?: string;
  seq?: number;
  /** Numbers that no frame has. */
  void?: number[];
  /** The place of a broadcast in the log of broadcasts. */
  broadcast?: string;
  /** The group that got the broadcast. Left out for a broadcast to everybody. */
  group?: string;
}

/** True where the text is too large for one message; counts bytes only where the characters leave it open. */
export function isTooLarge(text: string): boolean {
  if (text.length * 3 <= MAX_MESSAGE_BYTES) return false;
  return Buffer.byteLength(text) > MAX_MESSAGE_BYTES;
}

/**
 * The JSON object in a client's text.
 * @throws ProtocolError `payload_too_large`, `invalid_json`, or `invalid_message` where it is no object
 */
export function parseObject(text: string): JsonObject {
  if (isTooLarge(text)) {
    throw new ProtocolError('payload_too_large', `Message too large: the limit is ${MAX_MESSAGE_BYTES} bytes (UTF-8).`);
  }
  let value: unknown;
  try {
    value = parseJson(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
  } catch {
    throw new ProtocolError('invalid_json', 'Not JSON: send one JSON object, such as {"type": "ping"}.');
  }
  if (!isJsonObject(value)) {
    throw invalidMessage([{ path: 'message', message: 'Invalid input: expected object' }]);
  }
  // Null is the same as absent; `[]` is how PHP writes an empty map.
  if (value.data === null || (Array.isArray(value.data) && value.data.length === 0)) delete value.data;
  return value;
}

const BYTE_ORDER_MARK = 0xfeff;

/**
 * Checks a parsed object against the schema of its type.
 * @throws ProtocolError `invalid_message`, with a detail for each field that is wrong
 */
export function validate<Schema extends z.core.$ZodType>(schema: Schema, object: JsonObject): z.output<Schema> {
  if (nestsDeeperThan(object, MAX_NESTING)) {
    throw invalidMessage([{ path: 'message', message: `Invalid input: nests deeper than ${MAX_NESTING} levels` }]);
  }
  const parsed = z.safeParse(schema, object);
  if (!parsed.success) throw invalidMessage(detailsFromIssues(parsed.error.issues, 'message'));
  return parsed.data;
}

export function invalidMessage(details: { path: string; message: string }[]): ProtocolError {
  return new ProtocolError('invalid_message', `Invalid message. ${summaryOfDetails(details)}`, { details });
}

/** Gives a message its id, its time and, where it answers one, the id that it answers. */
export function frameOf(message: ServerMessage, id: string, timestamp: string, replyTo?: string): Frame {
  const frame: Frame = { type: message.type, data: message.data, message_id: id, timestamp };
  if (replyTo !== undefined) frame.reply_to = replyTo;
  return frame;
}

/** The same frame at its place among those that its client gets. */
export function placed(
  { type, data, message_id, timestamp, reply_to: replyTo }: Frame,
  { epoch, seq }: Position,
): Frame {
  const frame: Frame = { type, data, message_id, timestamp }; // written out: a spread here takes 3 µs of each answer
  if (replyTo !== undefined) frame.reply_to = replyTo;
  frame.epoch = epoch;
  frame.seq = seq;
  return frame;
}

/**
 * The text of a frame.
 * @throws ProtocolError `payload_too_large` where it would be larger than a message may be
 */
export function encode(frame: Frame): string {
  const text = stringifyJson(frame);
  if (isTooLarge(text)) {
    throw new ProtocolError(
      'payload_too_large',
      `The ${frame.type} is too large: the limit is ${MAX_MESSAGE_BYTES} bytes (UTF-8).`,
    );
  }
  return text;
}
