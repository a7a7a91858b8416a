/** A message of the application: its stored state, and its answer. */
import { SwitchboardError } from './switchboard-error';
import type { Frame, JsonObject } from './types';
import { isObject, textOf } from './wire';

/** The part of a message that survives a restart. */
export interface StoredMessage {
  type: string;
  data: JsonObject;
  messageId: string;
  replyTo?: string;
  /** The types that answer it, in addition to `error`; any if omitted. */
  answers?: string[];
  sender?: string;
  senderSeq?: number;
  /** Epoch of the connection that it was last sent on, empty on a plain server. A server with another epoch no longer knows it. */
  epoch?: string;
}

/** A message, and the caller that waits for its answer. */
export interface Message extends StoredMessage {
  resolve?(frame: Frame): void;
  reject?(error: unknown): void;
  /** A frame that precedes the answer. */
  onProgress?(frame: Frame): void;
}

export const storedOf = ({ resolve, reject, onProgress, ...stored }: Message): StoredMessage => stored;

export function isAnswer({ type }: Frame, { answers }: Message): boolean {
  return answers ? answers.includes(type) : type !== 'processing' && type !== 'chat_delta';
}

/** Code of an `error`, or of a failed tool. */
export function errorOf(value: unknown): SwitchboardError {
  const { code, error, message, details } = isObject(value) ? value : ({} as JsonObject);
  const text = textOf(error) ?? textOf(message) ?? 'The server gave no reason.';
  return new SwitchboardError(textOf(code) ?? 'internal_error', text, details);
}
