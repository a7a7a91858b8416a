/**
 * The HTTP API: inputs and answers of each call, and the function that serves it. Routes, validation and OpenAPI are generated from this
 * table. To add a call, add a row here and its operation in the function's file.
 */
import * as z from 'zod';
import {
  apiKey,
  auditedCall,
  auditQuery,
  keyRequest,
  madeKey,
  revocation,
  revocationRequest,
  rotationRequest,
} from './access-schemas';
import { eventDeliveryState, failedEvents, replayed, replayRequest } from './event-schemas';
import { timestamp } from './formats';
import { groupCalls } from './group-calls';
import {
  broadcastAccepted,
  broadcastResult,
  broadcastState,
  calledTool,
  callId,
  callState,
  cancelledCall,
  client,
  clientId,
  clientsQuery,
  count,
  deadlineSeconds,
  held,
  historyMessage,
  holdSeconds,
  issuedToken,
  mcpRequest,
  mcpResponse,
  nextCursor,
  pageQuery,
  pushNote,
  sent,
  serverIndex,
  tokenRequest,
  unansweredCall,
  version,
} from './http-schemas';
import {
  DEFAULT_HISTORY_PAGE_SIZE,
  MAX_BODY_BYTES,
  MAX_COUNTED_NAMES,
  MAX_NAME_LENGTH,
  MAX_PAGE_SIZE,
  MAX_PUSHED_CLIENTS,
  MAX_SMALL_BODY_BYTES,
} from './limits';
import type { ProblemCode } from './problems';
import { anyMessage, messageToMany, sentToMany, toPush } from './push-schemas';
import { emptiableObject, shortName } from './schemas';
import type { Scope } from './scopes';

/** One call: its inputs, its answers by status, and its problems besides `internal_error`. */
export interface HttpCall {
  /**
   * Groups calls by what they may do: `read` reads, `groups` manages membership, `push` sends to clients, `calls` waits for clients,
   * `mcp` does so over MCP, `tokens` signs tokens, `events` reports on events, `admin` manages keys, `docs` needs no data.
   */
  function: `http/${'docs' | 'read' | 'groups' | 'push' | 'calls' | 'mcp' | 'tokens' | 'events' | 'admin'}`;
  /** What the caller must present when access control is on. */
  access: 'open' | 'api_key';
  /** Scope that the API key needs. Default: `read` for GET, otherwise `push`. */
  scope?: Scope;
  /**
   * Whether a key that is bound to one owner's clients may make this call. Default: no. `own`: every client and group that the call names
   * must belong to the owner. `any`: the operation checks this itself.
   */
  forOwners?: 'own' | 'any';
  summary: string;
  /** More detail for callers. Default: the summary. */
  description?: string;
  tag: 'Server' | 'Clients' | 'Groups' | 'Messages' | 'Events' | 'Access';
  path?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Whether the call supports `Prefer: wait`. */
  canWait?: true;
  /** Body limit in bytes. Default: `MAX_BODY_BYTES`. */
  maxBodyBytes?: number;
  /** Characters that the body may have in addition to one message. */
  moreCharacters?: number;
  answers: Record<number, { description: string; body?: z.ZodType; hasLocation?: true }>;
  problems: readonly ProblemCode[];
}

/** Problems of a push whose body names the client. A missing `client_id` is a 400, one of the wrong type a 422. */
const pushProblems = [
  'invalid_json',
  'client_id_missing',
  'client_not_found',
  'client_gone',
  'payload_too_large',
  'invalid_request',
  'rate_limited',
  'unavailable',
] as const;

export const httpCalls = {
  'GET /': {
    function: 'http/docs',
    access: 'open',
    summary: 'Name, version and links',
    description: 'Name, version and links of the server. Needs no key.',
    tag: 'Server',
    answers: {
      200: {
        description: 'Name, version and links',
        body: serverIndex,
      },
    },
    problems: [],
  },
  'GET /health': {
    function: 'http/docs',
    access: 'open',
    summary: 'Is the server up?',
    description: 'For monitors: the server is alive. Needs no key and reads no data. `GET /ready` says more.',
    tag: 'Server',
    answers: {
      200: {
        description: 'It is',
        body: z.object({ status: z.literal('healthy'), timestamp }).meta({ id: 'ServerHealth' }),
      },
    },
    problems: [],
  },
  'GET /ready': {
    function: 'http/read',
    access: 'open',
    summary: 'Does the server accept new clients?',
    description:
      'For load balancers. 503 while the server is shutting down (`draining`), is at its connection limit ' +
      '(`connections_full`), or cannot reach its data (`unavailable`). Needs no key and makes one small read.',
    tag: 'Server',
    answers: {
      200: {
        description: 'It does',
        body: z.object({ status: z.literal('ready'), timestamp }).meta({ id: 'ServerReadiness' }),
      },
    },
    problems: ['draining', 'connections_full', 'unavailable'],
  },
  'GET /status': {
    function: 'http/read',
    access: 'api_key',
    forOwners: 'any',
    summary: 'How the server is doing',
    description:
      'Number of connected clients, and uptime. With `by=label` or `by=group` also the number of connected clients per label or group, which reads the list of all connected clients, and for groups all memberships.',
    tag: 'Server',
    query: z.object({
      by: z
        .enum(['label', 'group'])
        .meta({ id: 'CountedBy', examples: ['label'] })
        .optional(),
    }),
    answers: {
      200: {
        description: 'Connected clients and uptime',
        body: z
          .object({
            status: z.literal('running'),
            connected_clients: count,
            labels: z
              .record(z.string(), count)
              .optional()
              .meta({
                description: `Number of connected clients per label, for the ${MAX_COUNTED_NAMES} most frequent labels. Only with \`by=label\`.`,
                examples: [{ acme: 2 }],
              }),
            groups: z
              .record(z.string(), count)
              .optional()
              .meta({
                description: `Number of connected clients per group, for the ${MAX_COUNTED_NAMES} groups with the most. Only with \`by=group\`.`,
                examples: [{ 'team-7': 2 }],
              }),
            server_time: timestamp,
            version,
            uptime_seconds: count,
            heartbeat_seconds: count.optional().meta({
              description: 'How often clients should send something, as in `connection_established`.',
              examples: [45],
            }),
          })
          .meta({ id: 'ServerStatus' }),
      },
    },
    problems: ['invalid_request', 'unavailable'],
  },
  'GET /clients': {
    function: 'http/read',
    access: 'api_key',
    forOwners: 'any',
    summary: 'Who is connected',
    description: 'Lists connected clients, page by page. Pass `next_cursor` as `cursor` to get the next page.',
    tag: 'Clients',
    query: clientsQuery,
    answers: {
      200: {
        description: 'A page of clients; `total` counts all',
        body: z.object({ clients: z.array(client), total: count, next_cursor: nextCursor }).meta({ id: 'ClientPage' }),
      },
    },
    problems: ['invalid_request', 'unavailable'],
  },
  'GET /clients/{client_id}': {
    function: 'http/read',
    access: 'api_key',
    forOwners: 'own',
    summary: 'One client',
    description: 'Includes the tools that it registered. 404 if the client is not connected.',
    tag: 'Clients',
    path: z.object({ client_id: clientId }),
    answers: { 200: { description: 'The client', body: client } },
    problems: ['client_not_found', 'invalid_request', 'unavailable'],
  },
  'GET /clients/{client_id}/messages': {
    function: 'http/read',
    access: 'api_key',
    forOwners: 'own',
    summary: "A client's messages, newest first",
    description: 'Messages from a client and to it. Pass `next_cursor` as `cursor` to get older messages.',
    tag: 'Messages',
    path: z.object({ client_id: clientId }),
    query: pageQuery(DEFAULT_HISTORY_PAGE_SIZE),
    answers: {
      200: {
        description:
          'A page of messages. A page ends at about 1 MiB, so it can have fewer than `limit` and not be the last',
        body: z
          .object({
            messages: z.array(historyMessage),
            labels: z
              .array(z.string())
              .optional()
              .meta({ description: 'Current labels of the client.', examples: [['acme']] }),
            groups: z
              .array(z.string())
              .optional()
              .meta({ description: 'Current groups of the client.', examples: [['team-7']] }),
            next_cursor: nextCursor,
          })
          .meta({ id: 'HistoryPage' }),
      },
    },
    problems: ['client_not_found', 'invalid_request', 'unavailable'],
  },
  'DELETE /clients/{client_id}': {
    function: 'http/push',
    access: 'api_key',
    forOwners: 'own',
    summary: "Close a client's connection",
    description: 'The client gets `connection_closing` and then close code 1000.',
    tag: 'Clients',
    path: z.object({ client_id: clientId }),
    answers: { 204: { description: 'The connection is closed' } },
    problems: ['client_not_found', 'invalid_request', 'rate_limited', 'unavailable'],
  },
  'POST /tokens': {
    function: 'http/tokens',
    access: 'api_key',
    scope: 'tokens',
    forOwners: 'any',
    summary: 'Issue a token that lets one client connect',
    description:
      'Needs access control (AUTH=token); 409 if it is off. Give the token to the client, and keep the API key on your side.',
    tag: 'Clients',
    body: tokenRequest,
    maxBodyBytes: MAX_SMALL_BODY_BYTES,
    answers: { 200: { description: 'The token', body: issuedToken } },
    problems: ['invalid_json', 'access_control_off', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
  'POST /send_message': {
    function: 'http/push',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Send a chat message to one client',
    description: `The client gets a \`chat_message\` with \`from_api: true\`.${pushNote}`,
    tag: 'Messages',
    body: z
      .object({
        content: z.string().meta({ examples: ['Hello from the API'] }),
        client_id: clientId,
        hold_seconds: holdSeconds,
      })
      .meta({ id: 'SendMessageRequest' }),
    canWait: true,
    answers: { 200: { description: 'Sent', body: sent }, 202: { description: 'Waits for the client', body: held } },
    problems: pushProblems,
  },
  'POST /clients/{client_id}/messages': {
    function: 'http/push',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Send any message to one client',
    description: `The client gets a message of this type with this data.${pushNote}`,
    tag: 'Messages',
    path: z.object({ client_id: clientId }),
    body: anyMessage.extend({ hold_seconds: holdSeconds }).meta({ id: 'AnyMessageRequest' }).transform(toPush),
    canWait: true,
    answers: { 200: { description: 'Sent', body: sent }, 202: { description: 'Waits for the client', body: held } },
    problems: [
      'invalid_json',
      'client_not_found',
      'client_gone',
      'payload_too_large',
      'invalid_request',
      'rate_limited',
      'unavailable',
    ],
  },
  'POST /messages': {
    function: 'http/push',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Send any message to many clients',
    description:
      'Like `POST /clients/{client_id}/messages`, for several clients. The answer is a 200 with a result per client, even if none was reached.',
    tag: 'Messages',
    body: messageToMany.meta({ id: 'MessageToManyRequest' }).transform(toPush),
    // Each client_id with its quotation marks and comma.
    moreCharacters: MAX_PUSHED_CLIENTS * (MAX_NAME_LENGTH + 3),
    answers: { 200: { description: 'A result for each client', body: sentToMany } },
    problems: ['invalid_json', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
  'POST /call_tool': {
    function: 'http/calls',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Call a tool on one client',
    description:
      'The client gets a `tool_call` with a `call_id`, and answers it. `Prefer: wait=N` waits up to N seconds for the result. Without it, or after that time, get the result from `GET /calls/{call_id}`. With `hold_seconds`, the call is held for a client that is away, and expires if the client does not come back in time.',
    tag: 'Messages',
    body: z
      .object({
        tool_name: shortName.check(z.meta({ examples: ['add'] })),
        params: z.nullish(emptiableObject).meta({ examples: [{ a: 1, b: 2 }] }),
        client_id: clientId,
        deadline_seconds: deadlineSeconds,
        hold_seconds: holdSeconds,
      })
      .meta({ id: 'CallToolRequest' }),
    canWait: true,
    answers: {
      200: { description: 'Sent, or with `Prefer: wait` how the call ended', body: calledTool },
      202: { description: 'Not answered yet', body: unansweredCall, hasLocation: true },
    },
    problems: pushProblems,
  },
  'GET /calls/{call_id}': {
    function: 'http/calls',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Outcome of a tool call',
    description:
      'The status of a tool call on a client, its progress, and its result. `Prefer: wait=N` waits up to N seconds for it to end.',
    tag: 'Messages',
    path: z.object({ call_id: callId }),
    canWait: true,
    answers: { 200: { description: 'The call', body: callState } },
    problems: ['call_not_found', 'invalid_request', 'unavailable'],
  },
  'DELETE /calls/{call_id}': {
    function: 'http/calls',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Cancel a call',
    description: 'The client gets `tool_cancel`. A call that has ended stays as it is.',
    tag: 'Messages',
    path: z.object({ call_id: callId }),
    answers: { 202: { description: 'The call has ended', body: cancelledCall } },
    problems: ['call_not_found', 'invalid_request', 'unavailable'],
  },
  'POST /clients/{client_id}/mcp': {
    function: 'http/mcp',
    access: 'api_key',
    forOwners: 'own',
    summary: 'A client as an MCP server',
    description:
      'The Model Context Protocol over Streamable HTTP, without streams: an MCP host with this URL and the API key can call the tools that the client registered. A call waits up to 25 seconds; hosts that support tasks get a task after 5. Revisions: 2026-07-28, where an unknown method is a 404, and 2025-11-25.',
    tag: 'Clients',
    path: z.object({ client_id: clientId }),
    body: mcpRequest,
    answers: {
      200: { description: 'The result, or a JSON-RPC error', body: mcpResponse },
      202: { description: 'Notification accepted' },
      400: { description: 'Not an MCP request: a JSON-RPC error', body: mcpResponse },
    },
    problems: ['client_not_found', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
  'POST /broadcast': {
    function: 'http/push',
    access: 'api_key',
    summary: 'Send a message to all clients',
    description:
      'Each connected client gets a message of this type with this data. The answer is a 200 with counts if there are few clients, and a 202 if the broadcast continues in the background.',
    tag: 'Messages',
    body: z
      .object({
        message_type: shortName.check(z.meta({ examples: ['notification'] })),
        data: z.nullish(emptiableObject).meta({ examples: [{ message: 'Hello, everybody' }] }),
      })
      .meta({ id: 'BroadcastRequest' }),
    answers: {
      200: { description: 'Sent, with counts', body: broadcastResult },
      202: { description: 'Continues in the background', body: broadcastAccepted },
    },
    problems: ['invalid_json', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
  'GET /broadcasts/{broadcast_id}': {
    function: 'http/read',
    access: 'api_key',
    forOwners: 'any',
    summary: 'Progress of a broadcast',
    description: 'Counts of an accepted broadcast, by the `broadcast_id` in its answer.',
    tag: 'Messages',
    path: z.object({ broadcast_id: shortName }),
    answers: { 200: { description: 'Its counts', body: broadcastState } },
    problems: ['broadcast_not_found', 'invalid_request', 'unavailable'],
  },
  ...groupCalls,
  'GET /events': {
    function: 'http/events',
    access: 'api_key',
    summary: 'State of event delivery',
    description: 'Where events go, how many are waiting, and the state of each webhook receiver.',
    tag: 'Events',
    answers: { 200: { description: 'The state of each receiver', body: eventDeliveryState } },
    problems: [],
  },
  'GET /events/failed': {
    function: 'http/events',
    access: 'api_key',
    summary: 'Events that could not be delivered',
    description: 'Events whose delivery failed for a day, oldest first. They are kept for a week.',
    tag: 'Events',
    query: pageQuery(MAX_PAGE_SIZE).omit({ cursor: true }),
    answers: { 200: { description: 'Failed events', body: failedEvents } },
    problems: ['invalid_request'],
  },
  'POST /events/replay': {
    function: 'http/events',
    access: 'api_key',
    summary: 'Send failed events again',
    description: 'Failed events of one receiver, with these ids, or all. Each is retried for another day.',
    tag: 'Events',
    body: replayRequest,
    answers: { 202: { description: 'Number of events that are sent again', body: replayed } },
    problems: ['invalid_json', 'payload_too_large', 'invalid_request', 'receiver_not_found'],
  },
  'GET /keys': {
    function: 'http/admin',
    access: 'api_key',
    scope: 'admin',
    summary: 'The API keys',
    description: 'All keys except the first one, without their texts, which are not stored.',
    tag: 'Access',
    answers: { 200: { description: 'The keys', body: z.object({ keys: z.array(apiKey) }).meta({ id: 'KeyList' }) } },
    problems: ['unavailable'],
  },
  'POST /keys': {
    function: 'http/admin',
    access: 'api_key',
    scope: 'admin',
    summary: 'Make an API key',
    description:
      'The text of the key is only in this answer. With `labels`, the key is bound to the clients of one owner: it issues tokens with these labels, and can only see and reach clients with the same first label.',
    tag: 'Access',
    body: keyRequest,
    maxBodyBytes: MAX_SMALL_BODY_BYTES,
    answers: { 200: { description: 'The key and its text', body: madeKey } },
    problems: ['invalid_json', 'key_exists', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
  'POST /keys/{key_name}/rotate': {
    function: 'http/admin',
    access: 'api_key',
    scope: 'admin',
    summary: 'Give an API key a new text',
    description: 'The previous text stays valid for `overlap_seconds`.',
    tag: 'Access',
    path: z.object({ key_name: shortName }),
    body: rotationRequest,
    maxBodyBytes: MAX_SMALL_BODY_BYTES,
    answers: { 200: { description: 'The key and its new text', body: madeKey } },
    problems: ['invalid_json', 'key_not_found', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
  'DELETE /keys/{key_name}': {
    function: 'http/admin',
    access: 'api_key',
    scope: 'admin',
    summary: 'Delete an API key',
    description: 'Tokens that it issued stay valid; `POST /revocations` revokes them.',
    tag: 'Access',
    path: z.object({ key_name: shortName }),
    answers: { 204: { description: 'The key is deleted' } },
    problems: ['key_not_found', 'invalid_request', 'unavailable'],
  },
  'GET /revocations': {
    function: 'http/admin',
    access: 'api_key',
    scope: 'admin',
    summary: 'Active revocations',
    tag: 'Access',
    answers: {
      200: {
        description: 'The revocations that still matter',
        body: z.object({ revocations: z.array(revocation) }).meta({ id: 'RevocationList' }),
      },
    },
    problems: ['unavailable'],
  },
  'POST /revocations': {
    function: 'http/admin',
    access: 'api_key',
    scope: 'admin',
    summary: 'Revoke tokens',
    description:
      'Revokes all tokens issued until now to a client, with a label, or by a key. Their clients get `connection_closing` with the reason `revoked`, are disconnected, and need a newer token to connect again. Needs access control (AUTH=token).',
    tag: 'Access',
    body: revocationRequest,
    maxBodyBytes: MAX_SMALL_BODY_BYTES,
    answers: {
      202: { description: 'The tokens are no longer accepted; the connections are being closed', body: revocation },
    },
    problems: ['invalid_json', 'access_control_off', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
  'GET /audit': {
    function: 'http/admin',
    access: 'api_key',
    scope: 'admin',
    summary: 'Audit log, newest first',
    description:
      'Each call that changed something, or was refused, with the name of its key. Kept as long as messages. With `key`, a page may have fewer calls than `limit`.',
    tag: 'Access',
    query: auditQuery,
    answers: {
      200: {
        description: 'A page of calls',
        body: z.object({ calls: z.array(auditedCall), next_cursor: nextCursor }).meta({ id: 'AuditPage' }),
      },
    },
    problems: ['invalid_request', 'unavailable'],
  },
} as const satisfies Record<string, HttpCall>;

export type HttpCallKey = keyof typeof httpCalls;

/** Scope that a key needs for this call. */
export function scopeOf(routeKey: string, { scope }: Pick<HttpCall, 'scope'>): Scope {
  return scope ?? (routeKey.startsWith('GET ') ? 'read' : 'push');
}

/** 0 for a call without a body: a body that is sent anyway is ignored. */
export function maxBodyBytesOf(call: HttpCall): number {
  return call.body === undefined ? 0 : (call.maxBodyBytes ?? MAX_BODY_BYTES);
}
