/**
 * The HTTP API: what each call takes and answers. Validation and OpenAPI are both made from this.
 * To add a call, add its schemas here, its function in `http/`, and a row in `routes.ts`.
 */
import * as z from 'zod';
import { timestamp, uuid } from './formats';
import {
  DEFAULT_HISTORY_PAGE_SIZE,
  DEFAULT_TOKEN_TTL_SECONDS,
  MAX_NAME_LENGTH,
  MAX_PAGE_SIZE,
  MAX_TOKEN_TTL_SECONDS,
  MIN_TOKEN_TTL_SECONDS,
} from './limits';
import type { ProblemCode } from './problems';
import { jsonObject, shortName } from './schemas';

/** One call: its inputs, its answer by status, and the problems it can end with beside `internal_error`. */
export interface HttpCall {
  summary: string;
  tag: 'Server' | 'Clients' | 'Messages';
  path?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  answers: Record<number, { description: string; body?: z.ZodType }>;
  problems: readonly ProblemCode[];
}

const clientId = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .toLowerCase() // a UUID is the same one in either case
  .meta({ description: 'As `connection_established` told it to the client, and `GET /clients` lists it.' });

const cursor = z.string().max(1_024).optional().meta({ description: 'The `next_cursor` of the page before.' });

function pageQuery(defaultLimit: number) {
  const limit = z
    .string()
    .regex(/^\d{1,9}$/, `Invalid input: expected a whole number from 1 to ${MAX_PAGE_SIZE}`)
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_PAGE_SIZE))
    .default(defaultLimit)
    .meta({ type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: defaultLimit });
  return z.object({ limit, cursor });
}

const nextCursor = z.string().optional().meta({ description: 'Left out on the last page.' });

const client = z
  .object({ client_id: uuid, connected_at: timestamp, last_activity: timestamp, message_count: z.int() })
  .meta({ id: 'Client', description: 'A client that is connected.' });

const historyMessage = z
  .object({
    message_id: z.string(),
    direction: z.enum(['in', 'out']),
    type: z.string(),
    data: jsonObject,
    timestamp,
    reply_to: z.string().optional(),
  })
  .meta({ id: 'HistoryMessage', description: 'A message that a client sent (`in`) or was sent (`out`).' });

const sent = z
  .object({
    status: z.literal('success'),
    message: z.string(),
    message_id: uuid.meta({ description: 'The `message_id` of the frame that the client got.' }),
  })
  .meta({ id: 'Sent', description: 'The client was sent the message.' });

const broadcastResult = sent
  .extend({ broadcast_id: uuid, recipients: z.int(), delivered: z.int(), gone: z.int() })
  .meta({ id: 'BroadcastResult', description: 'Everybody who was connected has been tried.' });

const broadcastAccepted = z
  .object({ status: z.literal('accepted'), message_id: uuid, broadcast_id: uuid })
  .meta({ id: 'BroadcastAccepted', description: 'The broadcast goes on in the background.' });

const broadcastState = z
  .object({
    broadcast_id: uuid,
    status: z.enum(['running', 'completed']),
    recipients: z.int(),
    delivered: z.int(),
    gone: z.int(),
    failed: z.int(),
    started_at: timestamp,
    updated_at: timestamp.meta({ description: 'When a part of it last got on.' }),
    stalled: z.literal(true).optional().meta({
      description:
        'It runs, but a part of it has not got on for 20 minutes: it is most likely lost, and its clients not reached.',
    }),
    finished_at: timestamp.optional(),
  })
  .meta({ id: 'BroadcastState', description: 'How far a broadcast is.' });

const tokenRequest = z.object({
  client_id: uuid.toLowerCase().optional().meta({ description: 'Whom the token names; a new client where left out.' }),
  ttl_seconds: z
    .int()
    .min(MIN_TOKEN_TTL_SECONDS)
    .max(MAX_TOKEN_TTL_SECONDS)
    .default(DEFAULT_TOKEN_TTL_SECONDS)
    .meta({ description: 'How long the token can be used to connect. A connection outlives its token.' }),
});

const issuedToken = z
  .object({
    token: z.string(),
    client_id: uuid,
    expires_at: timestamp,
    ttl_seconds: z.int(),
    websocket_url: z.string().meta({ description: 'Where to connect, with the token in it: as secret as the token.' }),
  })
  .meta({ id: 'IssuedToken', description: 'What a client needs to connect.' });

/** Stands for `client_id` in a body: an absent one is a 400, one of the wrong type a 422. */
const pushProblems = [
  'invalid_json',
  'client_id_missing',
  'client_not_found',
  'client_gone',
  'payload_too_large',
  'invalid_request',
  'rate_limited',
] as const;

export const httpCalls = {
  'GET /': {
    summary: 'What runs here',
    tag: 'Server',
    answers: {
      200: {
        description: 'Name, version and links',
        body: z.object({
          name: z.string(),
          version: z.string(),
          message: z.string(),
          timestamp,
          links: z.record(z.string(), z.string()),
        }),
      },
    },
    problems: [],
  },
  'GET /health': {
    summary: 'Is the server up?',
    tag: 'Server',
    answers: { 200: { description: 'It is', body: z.object({ status: z.literal('healthy'), timestamp }) } },
    problems: [],
  },
  'GET /status': {
    summary: 'How the server is doing',
    tag: 'Server',
    answers: {
      200: {
        description: 'Connected clients and uptime',
        body: z.object({
          status: z.literal('running'),
          connected_clients: z.int(),
          server_time: timestamp,
          version: z.string(),
          uptime_seconds: z.int(),
        }),
      },
    },
    problems: [],
  },
  'GET /clients': {
    summary: 'Who is connected',
    tag: 'Clients',
    query: pageQuery(MAX_PAGE_SIZE),
    answers: {
      200: {
        description: 'A page of clients; `total` counts all',
        body: z.object({ clients: z.array(client), total: z.int(), next_cursor: nextCursor }),
      },
    },
    problems: ['invalid_request'],
  },
  'GET /clients/{client_id}': {
    summary: 'One client',
    tag: 'Clients',
    path: z.object({ client_id: clientId }),
    answers: { 200: { description: 'The client', body: client } },
    problems: ['client_not_found', 'invalid_request'],
  },
  'GET /clients/{client_id}/messages': {
    summary: "A client's messages, newest first",
    tag: 'Messages',
    path: z.object({ client_id: clientId }),
    query: pageQuery(DEFAULT_HISTORY_PAGE_SIZE),
    answers: {
      200: {
        description:
          'A page of messages; a page ends at about 1 MiB, so it can have fewer than `limit` and not be the last',
        body: z.object({ messages: z.array(historyMessage), next_cursor: nextCursor }),
      },
    },
    problems: ['client_not_found', 'invalid_request'],
  },
  'DELETE /clients/{client_id}': {
    summary: "Close a client's connection",
    tag: 'Clients',
    path: z.object({ client_id: clientId }),
    answers: { 204: { description: 'The connection is closed' } },
    problems: ['client_not_found', 'invalid_request', 'rate_limited'],
  },
  'POST /tokens': {
    summary: 'Issue a token that lets one client connect',
    tag: 'Clients',
    body: tokenRequest,
    answers: { 200: { description: 'The token', body: issuedToken } },
    problems: ['invalid_json', 'access_control_off', 'payload_too_large', 'invalid_request'],
  },
  'POST /send_message': {
    summary: 'Send a chat message to one client',
    tag: 'Messages',
    body: z.object({ content: z.string().meta({ examples: ['Hello from the API'] }), client_id: clientId }),
    answers: { 200: { description: 'Sent', body: sent } },
    problems: pushProblems,
  },
  'POST /call_tool': {
    summary: 'Call a tool on one client',
    tag: 'Messages',
    body: z.object({ tool_name: shortName, params: z.optional(jsonObject), client_id: clientId }),
    answers: { 200: { description: 'Sent', body: sent } },
    problems: pushProblems,
  },
  'POST /broadcast': {
    summary: 'Send a message to everybody',
    tag: 'Messages',
    body: z.object({
      message_type: shortName.check(z.meta({ examples: ['notification'] })),
      data: z.optional(jsonObject.check(z.meta({ examples: [{ message: 'Hello, everybody' }] }))),
    }),
    answers: {
      200: { description: 'Sent, with counts', body: broadcastResult },
      202: { description: 'Goes on in the background', body: broadcastAccepted },
    },
    problems: ['invalid_json', 'payload_too_large', 'invalid_request', 'rate_limited'],
  },
  'GET /broadcasts/{broadcast_id}': {
    summary: 'How far a broadcast is',
    tag: 'Messages',
    path: z.object({ broadcast_id: shortName }),
    answers: { 200: { description: 'Its counts', body: broadcastState } },
    problems: ['broadcast_not_found', 'invalid_request'],
  },
} as const satisfies Record<string, HttpCall>;

export type HttpCallKey = keyof typeof httpCalls;
