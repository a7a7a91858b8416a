/**
 * What the server sends: one builder function per message type, with camelCase input. Replies and pushes are built only here. Each
 * function has its schema's type, so the API descriptions cannot drift from the frames. Imports only types from the schemas: a bundle
 * that only sends does not load them.
 */
import type * as z from 'zod';
import type { ProtocolError } from './errors';
import type { JsonObject } from './json';
import { MAX_MESSAGE_BYTES, PROTOCOL_VERSION } from './limits';
import type { Position } from './position';
import type { serverMessages } from './server-schemas';
import type { ToolDescription } from './tool-descriptions';

/** A message without id and time yet: a handler's reply, or a push. */
export interface ServerMessage {
  type: string;
  data: JsonObject;
}

/** A message of this type, as in its schema. */
type Message<Type extends keyof typeof serverMessages> = Pick<z.input<(typeof serverMessages)[Type]>, 'type' | 'data'>;

/** Content of `connection_established`: the host's limits and the client's position. */
export interface Greeting {
  clientId: string;
  serverTime: string;
  heartbeatSeconds: number;
  maxFrameBytes: number;
  resumableSeconds: number;
  position: Position;
  /** Position in the broadcast log. */
  broadcast: string;
  connectionExpiresAt: string;
  /** For a client without a token. */
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
      resume_token: resumeToken, // JSON leaves it out if it is undefined
    },
  };
}

/** What a client missed, or a part of it. */
export interface Resumed {
  /** Why frames may be missing; undefined if none are. */
  reason?: 'expired' | 'unknown_position';
  /** As originally sent. */
  frames: readonly JsonObject[];
  /** With these frames, the client has everything up to this position. */
  position: Position;
  broadcast: string;
  hasMore: boolean;
  /** Positions that have no frame. */
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

/**
 * @param last  the last position assigned; undefined if the store is not available
 */
export function pong(time: string, last?: Position): Message<'pong'> {
  return { type: 'pong', data: { timestamp: time, epoch: last?.epoch, seq: last?.seq } };
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

/** A piece of a streamed reply. @param index  from 0, without gaps */
export function chatDelta(index: number, delta: string): Message<'chat_delta'> {
  return { type: 'chat_delta', data: { index, delta } };
}

/** The whole reply so far: replaces the pieces up to this index. */
export function chatSnapshot(index: number, content: string): Message<'chat_delta'> {
  return { type: 'chat_delta', data: { index, content } };
}

/** Outcome of a tool call: a result (`simulated` if no such tool is registered), or an error. */
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
  /** The same client opened another connection. */
  replaced: { reconnect: false },
  /** The team closed it with `DELETE /clients/{client_id}`. */
  removed: { reconnect: false },
  /** The server is stopping. Each client gets its own reconnect delay, so that they do not all reconnect at once. */
  stopping: { reconnect: true },
  /** It was idle or open for too long. API Gateway does not announce this; a server on one machine does. */
  expires: { reconnect: true },
  /** Its token was revoked with `POST /revocations`. */
  revoked: { reconnect: false },
  /** Too many messages. */
  too_fast: { reconnect: true, after_ms: 10_000 },
} as const;

export type ClosingReason = keyof typeof CLOSING;

/**
 * @param afterMs  reconnect delay; default: the reason's
 */
export function connectionClosing(reason: ClosingReason, afterMs?: number): Message<'connection_closing'> {
  const wait = afterMs === undefined ? {} : { after_ms: afterMs };
  return { type: 'connection_closing', data: { reason, ...CLOSING[reason], ...wait } };
}

export function pushedChatMessage(content: string): Message<'chat_message'> {
  return { type: 'chat_message', data: { content, from_api: true } };
}

/**
 * @param deadline  ISO-8601, if the caller set one
 */
export function pushedToolCall(toolName: string, params: JsonObject, deadline?: string): Message<'tool_call'> {
  return {
    type: 'tool_call',
    data: { tool_name: toolName, params, from_api: true, ...(deadline !== undefined && { deadline }) },
  };
}

export function toolCancel(callId: string, reason: 'cancelled'): Message<'tool_cancel'> {
  return { type: 'tool_cancel', data: { call_id: callId, reason } };
}

/** Says whether a client's response was kept, or was late or a duplicate. */
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

/** A page of the members of a group. */
export interface PresenceSnapshot {
  group: string;
  clients: readonly { clientId: string; online: boolean }[];
  /** Number of members of the group; omitted on later pages. */
  members?: number;
  /** For the next page. */
  cursor?: string;
  /** Whether changes follow. */
  watching: boolean;
}

export function presenceSnapshot(snapshot: PresenceSnapshot): Message<'presence_snapshot'> {
  const { group, clients, members, cursor, watching } = snapshot;
  return {
    type: 'presence_snapshot',
    data: {
      group,
      clients: clients.map(({ clientId, online }) => ({ client_id: clientId, online })),
      ...(members !== undefined && { members }),
      has_more: cursor !== undefined,
      ...(cursor !== undefined && { cursor }),
      watching,
    },
  };
}

/** Clients by their current status. */
export function presenceChanged(
  group: string,
  online: string[],
  offline: string[],
  gone: string[],
): Message<'presence_changed'> {
  return { type: 'presence_changed', data: { group, online, offline, left: gone } };
}

/** The client gets no more changes. */
export function presenceUnwatched(group: string): Message<'presence_unwatched'> {
  return { type: 'presence_unwatched', data: { group } };
}

/** The tools that the server has. */
export function toolsMessage(tools: readonly ToolDescription[]): Message<'tools'> {
  return { type: 'tools', data: { tools: [...tools] } };
}

/** The client's own tools were stored. */
export function toolsRegistered(count: number): Message<'tools_registered'> {
  return { type: 'tools_registered', data: { count } };
}
