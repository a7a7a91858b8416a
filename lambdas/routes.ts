/**
 * Every route, and the entry that serves it: the path of a file below `lambdas/`, without its ending.
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
}

/** Entries are grouped by what they may do: `read` looks, `push` reaches clients, `docs` needs nothing at all. */
export const httpRoutes = [
  { routeKey: 'GET /', entry: 'http/docs' },
  { routeKey: 'GET /health', entry: 'http/docs' },
  { routeKey: 'GET /docs', entry: 'http/docs' },
  { routeKey: 'GET /docs/{asset}', entry: 'http/docs' },
  { routeKey: 'GET /openapi.json', entry: 'http/docs' },
  { routeKey: 'GET /asyncapi.json', entry: 'http/docs' },
  { routeKey: '$default', entry: 'http/docs' },
  { routeKey: 'GET /status', entry: 'http/read' },
  { routeKey: 'GET /clients', entry: 'http/read' },
  { routeKey: 'GET /clients/{client_id}', entry: 'http/read' },
  { routeKey: 'GET /clients/{client_id}/messages', entry: 'http/read' },
  { routeKey: 'GET /broadcasts/{broadcast_id}', entry: 'http/read' },
  { routeKey: 'POST /send_message', entry: 'http/push' },
  { routeKey: 'POST /call_tool', entry: 'http/push' },
  { routeKey: 'POST /broadcast', entry: 'http/push' },
  { routeKey: 'DELETE /clients/{client_id}', entry: 'http/push' },
] as const satisfies HttpRoute[];

type Route = (typeof httpRoutes)[number];

/** The route keys that an entry serves, as a type: a table of operations that lacks one does not compile. */
export type RouteKeyOf<Entry extends Route['entry']> = Extract<Route, { entry: Entry }>['routeKey'];
