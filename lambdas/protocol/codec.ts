/** Text to message and frame to text, with the limits of the wire. Knows the envelope, and no message type. */
import * as z from 'zod/mini';
import { ProtocolError } from './errors';
import { isJsonObject, type JsonObject, nestsDeeperThan } from './json';
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_ID_LENGTH, MAX_NESTING } from './limits';
import type { ServerMessage } from './server-messages';
import { detailsFromIssues, summaryOfDetails } from './validation';

/** A message from the server as it goes over the wire. Times are ISO-8601 UTC with milliseconds. */
export interface Frame {
  type: string;
  data: JsonObject;
  message_id: string;
  timestamp: string;
  reply_to?: string;
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
    throw new ProtocolError(
      'payload_too_large',
      `A message may have ${MAX_MESSAGE_BYTES} bytes of UTF-8; this has more.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError(
      'invalid_json',
      'A message must be one JSON object, such as {"type": "ping"}; this is not JSON.',
    );
  }
  if (!isJsonObject(value)) {
    throw invalidMessage([{ path: 'message', message: 'Invalid input: expected object' }]);
  }
  return value;
}

/** The client's own id of a message, if it is one that an answer can name. */
export function messageIdOf({ message_id: id }: JsonObject): string | undefined {
  return typeof id === 'string' && id.length > 0 && id.length <= MAX_MESSAGE_ID_LENGTH ? id : undefined;
}

/**
 * Holds a parsed object against the schema of its type.
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
  return new ProtocolError('invalid_message', `The message is not valid. ${summaryOfDetails(details)}`, details);
}

/** Gives a message its id, its time and, where it answers one, the id that it answers. */
export function frameOf(message: ServerMessage, id: string, timestamp: string, replyTo?: string): Frame {
  const frame: Frame = { type: message.type, data: message.data, message_id: id, timestamp };
  if (replyTo !== undefined) frame.reply_to = replyTo;
  return frame;
}

/**
 * The text of a frame.
 * @throws ProtocolError `payload_too_large` where it would be larger than a message may be
 */
export function encode(frame: Frame): string {
  const text = JSON.stringify(frame);
  if (isTooLarge(text)) {
    throw new ProtocolError(
      'payload_too_large',
      `The ${frame.type} would have more than the ${MAX_MESSAGE_BYTES} bytes of UTF-8 that a message may have.`,
    );
  }
  return text;
}
