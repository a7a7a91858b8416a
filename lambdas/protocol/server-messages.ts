/**
 * What the server sends: one function a message type, which builds it from camelCase. Replies and pushes are made nowhere
 * else, and each has the type of its schema, so the descriptions can't drift from the frames. Of the schemas it takes the
 * types alone: what only sends does not load what describes.
 */
import type * as z from 'zod';
import type { ProtocolError } from './errors';
import type { JsonObject } from './json';
import { MAX_MESSAGE_BYTES, PROTOCOL_VERSION } from './limits';
import type { Position } from './position';
import type { serverMessages } from './server-schemas';
import type { ToolDescription } from './tool-descriptions';

/** A message before it has an id and a time: a handler's reply, or a push. */
export interface ServerMessage {
  type: string;
  data: JsonObject;
}

/** One of this type, as its schema has it. */
type Message<Type extends keyof typeof serverMessages> = Pick<z.input<(typeof serverMessages)[Type]>, 'type' | 'data'>;

/** What `connection_established` says: limits as the host has them, and where the client stands. */
export interface Greeting {
  clientId: string;
  serverTime: string;
  heartbeatSeconds: number;
  maxFrameBytes: number;
  resumableSeconds: number;
  position: Position;
  /** The position in the log of broadcasts. */
  broadcast: string;
  connectionExpiresAt: string;
  /** Of a client that no token names. */
  resumeToken?: string;
}

export function connectionEstablished(greeting: Greeting): Message<'connection_established'> {
  const { position, resumeToken } = greeting;
  return {
    type: 'connection_established',
    data: {
      client_id: greeting.clientId,
      server_time: greeting.serverTime,
      protocol: PROTOCOL_VERSION,
      heartbeat_seconds: greeting.heartbeatSeconds,
      max_message_bytes: MAX_MESSAGE_BYTES,
      max_frame_bytes: greeting.maxFrameBytes,
      epoch: position.epoch,
      seq: position.seq,
      broadcast: greeting.broadcast,
      resumable_seconds: greeting.resumableSeconds,
      connection_expires_at: greeting.connectionExpiresAt,
      ...(resumeToken !== undefined && { resume_token: resumeToken }),
    },
  };
}

/** What a client missed, or a part of it. */
export interface Resumed {
  /** Why it can't be proved that nothing is missing; undefined where it can. */
  reason?: 'expired' | 'unknown_position';
  /** As they were sent. */
  frames: readonly JsonObject[];
  /** After taking these frames, the client has everything up to this position. */
  position: Position;
  broadcast: string;
  hasMore: boolean;
  /** Numbers that no frame has. */
  void: readonly number[];
}

export function resumed({ reason, frames, position, broadcast, hasMore, void: voids }: Resumed): Message<'resumed'> {
  return {
    type: 'resumed',
    data: {
      recovered: reason === undefined,
      ...(reason && { reason }),
      frames: [...frames],
      epoch: position.epoch,
      seq: position.seq,
      broadcast,
      more: hasMore,
      void: [...voids],
    },
  };
}

export function pong(time: string): Message<'pong'> {
  return { type: 'pong', data: { timestamp: time } };
}

export function processing(): Message<'processing'> {
  return { type: 'processing', data: { status: 'processing' } };
}

/** How a reply ended. */
export type ReplyStatus = Message<'chat_response'>['data']['status'];

/** @param time  when the answer was complete */
export function chatResponse(
  content: string,
  model: string,
  time: string,
  status: ReplyStatus = 'completed',
): Message<'chat_response'> {
  return { type: 'chat_response', data: { content, status, model, timestamp: time } };
}

/** A piece of a reply that streams. @param index  from 0, without holes */
export function chatDelta(index: number, delta: string): Message<'chat_delta'> {
  return { type: 'chat_delta', data: { index, delta } };
}

/** All of a reply so far: takes the place of the pieces up to this index. */
export function chatSnapshot(index: number, content: string): Message<'chat_delta'> {
  return { type: 'chat_delta', data: { index, content } };
}

/** What came of a tool call: a result (`simulated` where no such tool is registered), or an error. */
export type ToolOutcome = { result: unknown; simulated?: true } | { error: { code: string; message: string } };

export function toolResponse(toolName: string, params: JsonObject, outcome: ToolOutcome): Message<'tool_response'> {
  if ('error' in outcome) {
    const data = { tool_name: toolName, params, result: null, status: 'failed' as const, error: outcome.error };
    return { type: 'tool_response', data };
  }
  const data = { tool_name: toolName, params, result: outcome.result ?? null, status: 'completed' as const };
  return { type: 'tool_response', data: outcome.simulated ? { ...data, simulated: true } : data };
}

export function errorMessage({ message, code, details, retryAfterMs }: ProtocolError): Message<'error'> {
  return {
    type: 'error',
    data: {
      error: message,
      code,
      ...(details && { details }),
      ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
    },
  };
}

/** Why the server is about to close a connection, and whether the client should come back. */
export const CLOSING = {
  /** Another connection of the same client was opened. */
  replaced: { reconnect: false },
  /** The team closed it, by `DELETE /clients/{client_id}`. */
  removed: { reconnect: false },
  /** The server is about to stop. It says when to come back, so that not all clients come at once. */
  stopping: { reconnect: true },
  /** Its token was revoked, by `POST /revocations`. */
  revoked: { reconnect: false },
  /** Too many messages. */
  too_fast: { reconnect: true, after_ms: 10_000 },
} as const;

export type ClosingReason = keyof typeof CLOSING;

/** @param afterMs  how long to wait before coming back; that of the reason where left out */
export function connectionClosing(reason: ClosingReason, afterMs?: number): Message<'connection_closing'> {
  const wait = afterMs === undefined ? {} : { after_ms: afterMs };
  return { type: 'connection_closing', data: { reason, ...CLOSING[reason], ...wait } };
}

export function pushedChatMessage(content: string): Message<'chat_message'> {
  return { type: 'chat_message', data: { content, from_api: true } };
}

/** @param deadline  ISO-8601, where the caller named one */
export function pushedToolCall(toolName: string, params: JsonObject, deadline?: string): Message<'tool_call'> {
  return {
    type: 'tool_call',
    data: { tool_name: toolName, params, from_api: true, ...(deadline !== undefined && { deadline }) },
  };
}

export function toolCancel(callId: string, reason: 'cancelled'): Message<'tool_cancel'> {
  return { type: 'tool_cancel', data: { call_id: callId, reason } };
}

/** What became of a client's response: kept, unless it is late or a duplicate. */
export function toolResponseAccepted(
  callId: string,
  { late, duplicate }: { late: boolean; duplicate: boolean },
): Message<'tool_response_accepted'> {
  return { type: 'tool_response_accepted', data: { call_id: callId, late, duplicate } };
}

/** The client is in a group. */
export function joined(group: string): Message<'joined'> {
  return { type: 'joined', data: { group } };
}

/** The client is not in a group. */
export function left(group: string): Message<'left'> {
  return { type: 'left', data: { group } };
}

/** Which tools the server has. */
export function toolsMessage(tools: readonly ToolDescription[]): Message<'tools'> {
  return { type: 'tools', data: { tools: [...tools] } };
}

/** The client's own tools are kept. */
export function toolsRegistered(count: number): Message<'tools_registered'> {
  return { type: 'tools_registered', data: { count } };
}
