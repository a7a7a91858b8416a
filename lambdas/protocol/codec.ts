/** Parses messages and serializes frames within the limits of the protocol. Knows the envelope but no message types. */
import type * as z from 'zod/mini';
import { ProtocolError } from './errors';
import { isJsonObject, type JsonObject, nestsDeeperThan, parseJson, stringifyJson } from './json';
import { MAX_MESSAGE_BYTES, MAX_NESTING } from './limits';
import type { Position } from './position';
import type { ServerMessage } from './server-messages';
import { detailsFromIssues, parseWith, summaryOfDetails } from './validation';

/** A server message on the wire. Times are ISO-8601, UTC, with milliseconds. */
export interface Frame {
  type: string;
  data: JsonObject;
  message_id: string;
  timestamp: string;
  reply_to?: string;
  /** With `seq`: the position of a durable frame. */
  epoch?: string;
  seq?: number;
  /** Positions that have no frame. */
  void?: number[];
  /** The broadcast's position in the broadcast log. */
  broadcast?: string;
  /** The group that received the broadcast. Omitted for a broadcast to everybody. */
  group?: string;
}

/** True if the text is too large for one message. Counts bytes only if the number of characters does not decide it. */
export function isTooLarge(text: string): boolean {
  if (text.length * 3 <= MAX_MESSAGE_BYTES) return false;
  return Buffer.byteLength(text) > MAX_MESSAGE_BYTES;
}

/**
 * Parses a client's text into a JSON object.
 * @throws ProtocolError `payload_too_large`, `invalid_json`, or `invalid_message` if it is not an object
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
  // Null is the same as absent; PHP writes an empty map as `[]`.
  if (value.data === null || (Array.isArray(value.data) && value.data.length === 0)) delete value.data;
  return value;
}

const BYTE_ORDER_MARK = 0xfeff;

/**
 * Validates a parsed object against the schema of its type.
 * @throws ProtocolError `invalid_message`, with a detail per invalid field
 */
export function validate<Schema extends z.core.$ZodType>(schema: Schema, object: JsonObject): z.output<Schema> {
  if (nestsDeeperThan(object, MAX_NESTING)) {
    throw invalidMessage([{ path: 'message', message: `Invalid input: nests deeper than ${MAX_NESTING} levels` }]);
  }
  const parsed = parseWith(schema, object);
  if (!parsed.success) throw invalidMessage(detailsFromIssues(parsed.error.issues, 'message'));
  return parsed.data;
}

export function invalidMessage(details: { path: string; message: string }[]): ProtocolError {
  return new ProtocolError('invalid_message', `Invalid message. ${summaryOfDetails(details)}`, { details });
}

/** Adds an id, a time and, for a reply, the id of the message that it answers. */
export function frameOf(message: ServerMessage, id: string, timestamp: string, replyTo?: string): Frame {
  const frame: Frame = { type: message.type, data: message.data, message_id: id, timestamp };
  if (replyTo !== undefined) frame.reply_to = replyTo;
  return frame;
}

/** The same frame with its position. */
export function placed(
  { type, data, message_id, timestamp, reply_to: replyTo }: Frame,
  { epoch, seq }: Position,
): Frame {
  const frame: Frame = { type, data, message_id, timestamp }; // no spread: it would take 3 µs per answer
  if (replyTo !== undefined) frame.reply_to = replyTo;
  frame.epoch = epoch;
  frame.seq = seq;
  return frame;
}

/**
 * Serializes a frame.
 * @throws ProtocolError `payload_too_large` if it exceeds the size limit of a message
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
