/**
 * Every route, and the entry that serves it: its handler is `lambdas/ENTRY.ts`, and what Lambda loads `lambdas/functions/ENTRY.ts`.
 * The infrastructure and the local gateway are both built from these tables, so they can't drift.
 */

export interface WebSocketRoute {
  routeKey: string;
  entry: string;
}

/** All messages come by `$default`: what a client sends is looked at by us, so that an unknown type gets our own error. */
export const webSocketRoutes = [
  { routeKey: '$connect', entry: 'websocket/connect' },
  { routeKey: '$disconnect', entry: 'websocket/disconnect' },
  { routeKey: '$default', entry: 'websocket/message' },
] as const satisfies WebSocketRoute[];

export interface HttpRoute {
  routeKey: string;
  entry: string;
  /** What a caller has to show where access control is on: nothing, or the API key. */
  access: 'open' | 'api_key';
}

/**
 * Entries are grouped by what they may do: `read` looks, `push` reaches clients, `tokens` signs, `docs` needs nothing at
 * all. Open is what tells nothing of clients; `$default` too, so that a wrong path is told so and not asked for a key.
 */
export const httpRoutes = [
  { routeKey: 'GET /', entry: 'http/docs', access: 'open' },
  { routeKey: 'GET /health', entry: 'http/docs', access: 'open' },
  { routeKey: 'GET /docs', entry: 'http/docs', access: 'open' },
  { routeKey: 'GET /docs/{asset}', entry: 'http/docs', access: 'open' },
  { routeKey: 'GET /openapi.json', entry: 'http/docs', access: 'open' },
  { routeKey: 'GET /asyncapi.json', entry: 'http/docs', access: 'open' },
  { routeKey: '$default', entry: 'http/docs', access: 'open' },
  { routeKey: 'GET /status', entry: 'http/read', access: 'api_key' },
  { routeKey: 'GET /clients', entry: 'http/read', access: 'api_key' },
  { routeKey: 'GET /clients/{client_id}', entry: 'http/read', access: 'api_key' },
  { routeKey: 'GET /clients/{client_id}/messages', entry: 'http/read', access: 'api_key' },
  { routeKey: 'GET /broadcasts/{broadcast_id}', entry: 'http/read', access: 'api_key' },
  { routeKey: 'POST /tokens', entry: 'http/tokens', access: 'api_key' },
  { routeKey: 'POST /send_message', entry: 'http/push', access: 'api_key' },
  { routeKey: 'POST /call_tool', entry: 'http/push', access: 'api_key' },
  { routeKey: 'POST /broadcast', entry: 'http/push', access: 'api_key' },
  { routeKey: 'DELETE /clients/{client_id}', entry: 'http/push', access: 'api_key' },
] as const satisfies HttpRoute[];

type Route = (typeof httpRoutes)[number];

/** The route keys that an entry serves, as a type: a table of operations that lacks one does not compile. */
export type RouteKeyOf<Entry extends Route['entry']> = Extract<Route, { entry: Entry }>['routeKey'];

/** What web pages of other origins may send to the HTTP API, wherever it runs. Which origins those are is a setting. */
export const httpCors = {
  allowMethods: ['GET', 'POST', 'DELETE', 'OPTIONS'],
  allowHeaders: ['content-type', 'authorization'],
  /** Seconds that a browser may keep a preflight's answer. */
  maxAge: 3_600,
} as const;
