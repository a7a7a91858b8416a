/** Converts between the wire's snake_case and camelCase; no other file does. */
import type { Frame, JsonObject } from './types';

/** A frame to the server. */
export interface Outgoing {
  type: string;
  data?: JsonObject;
  messageId?: string;
  replyTo?: string;
  sender?: string;
  senderSeq?: number;
  ack?: number;
}

/** The first frame of a connection. `epoch` is missing if the server does not support resume. */
export interface Greeting {
  clientId: string | undefined;
  heartbeatMs: number;
  maxBytes: number;
  epoch: string | undefined;
  seq: number;
  broadcast: string | undefined;
  resumeToken: string | undefined;
  /** Milliseconds from the greeting to the end of the connection. */
  lifeMs: number | undefined;
}

/** Defaults for a server that does not send them. */
const HEARTBEAT_SECONDS = 45;
const MAX_MESSAGE_BYTES = 131_072;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
export const wholeOf = (value: unknown) => (Number.isInteger(value) ? (value as number) : undefined);
const positiveOf = (value: unknown) => (typeof value === 'number' && value > 0 ? value : undefined);

/** Undefined if it is not a frame. */
export function frameOf(value: unknown): Frame | undefined {
  if (!isObject(value) || typeof value.type !== 'string') return undefined;
  return {
    type: value.type,
    data: isObject(value.data) ? value.data : {},
    messageId: textOf(value.message_id),
    timestamp: textOf(value.timestamp),
    replyTo: textOf(value.reply_to),
    epoch: textOf(value.epoch),
    seq: wholeOf(value.seq),
    broadcast: textOf(value.broadcast),
    group: textOf(value.group),
  };
}

/** Numbers that will never have a frame. */
export const voidOf = (value: unknown): number[] => (Array.isArray(value) ? value.filter(Number.isInteger) : []);

export function wireOf({ type, data = {}, messageId, replyTo, sender, senderSeq, ack }: Outgoing): JsonObject {
  return { type, data, message_id: messageId, reply_to: replyTo, sender, sender_seq: senderSeq, ack };
}

/** The platform's WebSocket sends a message as one frame, so the smaller limit applies. */
export function greetingOf({ data }: Frame): Greeting {
  const seq = wholeOf(data.seq);
  const life = Date.parse(textOf(data.connection_expires_at) ?? '') - Date.parse(textOf(data.server_time) ?? '');
  return {
    clientId: textOf(data.client_id),
    heartbeatMs: 1000 * (positiveOf(data.heartbeat_seconds) ?? HEARTBEAT_SECONDS),
    maxBytes: Math.min(
      positiveOf(data.max_message_bytes) ?? MAX_MESSAGE_BYTES,
      positiveOf(data.max_frame_bytes) ?? MAX_MESSAGE_BYTES,
    ),
    epoch: seq === undefined ? undefined : textOf(data.epoch),
    seq: seq ?? 0,
    broadcast: textOf(data.broadcast),
    resumeToken: textOf(data.resume_token),
    lifeMs: life > 0 ? life : undefined,
  };
}
