/**
 * Every function and what invokes it: routes, tasks, authorizers. Functions are named after their files: `websocket/connect` is
 * `lambdas/websocket/connect.ts`, which exports `create`. The stack and the local server are both built from these tables.
 */
import { type HttpCallKey, httpCalls } from './protocol/http-calls';

interface FunctionRow {
  /**
   * What `create` needs besides the clock, ids and the log: names from `ports/dependencies.ts`. A function's bundle contains only these.
   * Bundling fails if `aws/dependencies/` does not export one.
   */
  uses: readonly string[];
}

const always = {
  'websocket/authorize': { uses: ['signingKeys', 'oidcTokens', 'records', 'clientOrigins'] },
  'websocket/connect': { uses: ['clients', 'groups', 'presence', 'presenceGroups', 'tasks'] },
  'websocket/message': {
    uses: [
      'app',
      'appSettings',
      'clients',
      'history',
      'calls',
      'clientTools',
      'toolDescriptions',
      'mcpTools',
      'broadcasts',
      'groups',
      'presenceGroups',
      'connections',
      'replies',
      'repliesInTask',
      'tasks',
      'secrets',
    ],
  },
  'websocket/disconnect': { uses: ['clients', 'groups', 'presence', 'presenceGroups', 'tasks'] },
  'websocket/welcome': { uses: ['connections', 'connectionLimits'] },
  'websocket/end-session': { uses: ['clients', 'groups', 'presence', 'presenceGroups', 'tasks'] },
  'websocket/revoke': { uses: ['clients', 'groups', 'presence', 'presenceGroups', 'connections', 'tasks'] },
  'replies/fail': {
    uses: ['replySettings', 'clients', 'history', 'connections', 'replies', 'replyQueue', 'tasks'],
  },
  'replies/respond': {
    uses: [
      'app',
      'responder',
      'replySettings',
      'appSettings',
      'clients',
      'history',
      'connections',
      'replies',
      'replyQueue',
      'tasks',
      'secrets',
      'deltaIntervalMs',
    ],
  },
  'broadcasts/segment': { uses: ['clients', 'groups', 'history', 'broadcasts', 'connections', 'tasks'] },
  'presence/request': { uses: ['clients', 'groups', 'presence', 'presenceGroups', 'connections', 'tasks'] },
  'presence/roll-up': { uses: ['clients', 'groups', 'presence', 'presenceGroups', 'connections', 'tasks'] },
  'http/authorize': { uses: ['apiKeys', 'records'] },
  'http/docs': { uses: ['app', 'version', 'accessControl', 'webSocketUrl', 'httpUrl', 'readAsset'] },
  'http/read': {
    uses: [
      'clients',
      'groups',
      'clientTools',
      'history',
      'broadcasts',
      'readiness',
      'version',
      'startedAt',
      'connectionLimits',
      'accessControl',
    ],
  },
  'http/groups': { uses: ['clients', 'groups', 'presence', 'presenceGroups', 'history', 'tasks', 'accessControl'] },
  'http/calls': { uses: ['clients', 'history', 'calls', 'answers', 'connections', 'accessControl'] },
  'http/mcp': {
    uses: ['clients', 'clientTools', 'history', 'calls', 'answers', 'connections', 'version', 'accessControl'],
  },
  'http/push': {
    uses: [
      'clients',
      'groups',
      'presence',
      'presenceGroups',
      'history',
      'broadcasts',
      'answers',
      'connections',
      'tasks',
      'accessControl',
    ],
  },
  'http/events': { uses: ['eventDelivery', 'history', 'answers', 'accessControl'] },
  'http/tokens': {
    uses: ['clients', 'history', 'answers', 'signingKeys', 'clientRate', 'webSocketUrl', 'accessControl'],
  },
  'http/admin': { uses: ['records', 'history', 'answers', 'tasks', 'accessControl'] },
} as const satisfies Record<string, FunctionRow>;

/** Functions that are only deployed if a setting asks for them. */
const optional = {
  'events/publish': { uses: ['eventFeed', 'eventBus'] },
} as const satisfies Record<string, FunctionRow>;

export const functions = { ...always, ...optional };

export type FunctionName = keyof typeof functions;

/** Functions of every deployment and every server. */
export const functionNames = Object.keys(always) as (keyof typeof always)[];

/**
 * All messages go to `$default`, so that an unknown type gets our own error. The route response carries the reply to the client and needs
 * no API call.
 */
export const webSocketRoutes = [
  { routeKey: '$connect', function: 'websocket/connect', routeResponse: false },
  { routeKey: '$disconnect', function: 'websocket/disconnect', routeResponse: false },
  { routeKey: '$default', function: 'websocket/message', routeResponse: true },
] as const satisfies { routeKey: string; function: FunctionName; routeResponse: boolean }[];

/** Called before a $connect, and before an HTTP call that needs the API key. */
export const authorizers = {
  webSocket: 'websocket/authorize',
  http: 'http/authorize',
} as const satisfies Record<string, FunctionName>;

/** Functions that another one starts without waiting (`ports/tasks.ts`). */
export const tasks = {
  welcome: 'websocket/welcome',
  end_session: 'websocket/end-session',
  revoke: 'websocket/revoke',
  broadcast_segment: 'broadcasts/segment',
  respond: 'replies/respond',
  presence: 'presence/roll-up',
  presence_request: 'presence/request',
} as const satisfies Record<string, FunctionName>;

/** Functions called after every attempt of a task failed. */
export const failures = {
  respond: 'replies/fail',
} as const satisfies Partial<Record<keyof typeof tasks, FunctionName>>;

export interface HttpRoute {
  routeKey: string;
  function: FunctionName;
  access: 'open' | 'api_key';
}

/**
 * Pages and files, not API calls. `$default` is open too: an unknown path gets a 404, not a 401. `OPTIONS` has its own routes: on AWS,
 * `$default` would override the platform's own CORS preflight answer, and `{proxy+}` does not match the root.
 */
const pages = [
  { routeKey: 'GET /docs', function: 'http/docs', access: 'open' },
  { routeKey: 'GET /docs/{asset}', function: 'http/docs', access: 'open' },
  { routeKey: 'GET /console', function: 'http/docs', access: 'open' },
  { routeKey: 'GET /console/{asset}', function: 'http/docs', access: 'open' },
  { routeKey: 'GET /openapi.json', function: 'http/docs', access: 'open' },
  { routeKey: 'GET /asyncapi.json', function: 'http/docs', access: 'open' },
  { routeKey: 'OPTIONS /', function: 'http/docs', access: 'open' },
  { routeKey: 'OPTIONS /{proxy+}', function: 'http/docs', access: 'open' },
  { routeKey: '$default', function: 'http/docs', access: 'open' },
] as const satisfies HttpRoute[];

/** Adds a HEAD route for each GET. On AWS, HEAD would otherwise go to `$default`, which has no access to data. */
export const httpRoutes: readonly HttpRoute[] = [
  ...pages,
  ...Object.entries(httpCalls).map(([routeKey, call]) => ({ routeKey, function: call.function, access: call.access })),
].flatMap((route) => {
  const [method, path] = route.routeKey.split(' ');
  return method === 'GET' ? [route, { ...route, routeKey: `HEAD ${path}` }] : [route];
});

type Call = { [Key in HttpCallKey]: { routeKey: Key; function: (typeof httpCalls)[Key]['function'] } }[HttpCallKey];
type Route = Call | (typeof pages)[number];

/** Route keys that a function serves, as a type: a missing operation is a compile error. */
export type RouteKeyOf<Name extends FunctionName> = Extract<Route, { function: Name }>['routeKey'];

/**
 * CORS for the HTTP API on every host: headers that other origins may send and read. The allowed origins are a setting. `*` covers every
 * header except `authorization`. It does not work with credentials, so common headers are also listed by name.
 */
export const httpCors = {
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
  allowHeaders: [
    '*',
    'authorization',
    'baggage',
    'content-type',
    'idempotency-key',
    'mcp-method',
    'mcp-name',
    'mcp-protocol-version',
    'mcp-session-id',
    'prefer',
    'traceparent',
    'tracestate',
    'x-requested-with',
  ],
  exposeHeaders: ['idempotency-replayed', 'location', 'mcp-session-id', 'preference-applied', 'retry-after'],
  /** Seconds that a browser may cache a preflight. */
  maxAge: 3_600,
} as const;
