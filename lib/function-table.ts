/**
 * Every function: size, timeout, alarm text, and grants. `grants` lists exactly the AWS calls that the code makes: a test records the
 * calls and compares them with this table in both directions. What Lambda needs to run any function (log, traces, dead letters) is in
 * `switchboard-function.ts`.
 */
import type { Stack } from 'aws-cdk-lib';
import type { TaskName } from '../lambdas/ports/tasks';
import type { FunctionName } from '../lambdas/routes';
import type { Settings } from './settings';

/** Resources that a grant can name; `resources.ts` maps each to its ARN. */
export type ResourceName =
  | 'clients'
  | 'onlineIndex'
  | 'ownedIndex'
  | 'messages'
  | 'groupsIndex'
  | 'signingKey'
  | 'apiKey'
  | 'appSecrets'
  | 'modelKey'
  | 'bedrockModel'
  | 'eventBus'
  | 'postToConnection'
  | 'getConnection'
  | 'deleteConnection'
  | `task:${TaskName}`;

export interface Grant {
  actions: readonly string[];
  resource: ResourceName;
}

/** All `@connections` calls share one IAM action; the HTTP method is part of the resource. */
const connections = (resource: 'postToConnection' | 'getConnection' | 'deleteConnection'): Grant => ({
  actions: ['execute-api:ManageConnections'],
  resource,
});
type DynamoDbResource = 'clients' | 'onlineIndex' | 'ownedIndex' | 'messages' | 'groupsIndex';
const dynamodb = (resource: DynamoDbResource, ...actions: string[]): Grant => ({
  actions: actions.map((action) => `dynamodb:${action}`),
  resource,
});
const secret = (resource: 'signingKey' | 'apiKey' | 'appSecrets' | 'modelKey'): Grant => ({
  actions: ['secretsmanager:GetSecretValue'],
  resource,
});
const start = (task: TaskName): Grant => ({ actions: ['lambda:InvokeFunction'], resource: `task:${task}` });

interface FunctionOptions {
  /** Megabytes. CPU scales with memory: 1,769 MB is one vCPU. */
  memory: number;
  /** Seconds. */
  timeout: number;
  /** Shown in the Lambda console. */
  description: string;
  /** Start of the alarm text: what callers notice. */
  whenItFails: string;
  /** Retries of an asynchronous invocation, for functions that nobody waits for. */
  asynchronous?: { retries: number; maxAgeSeconds: number };
  grants: readonly Grant[];
}

/**
 * More than a quarter of a vCPU. These functions mostly wait for other services. Less memory saves little, because each request has a
 * fixed price, and it slows down cold starts and the largest messages.
 */
const SMALL = 512;

/**
 * One vCPU. A segment spends its time on TLS and on signing posts, and all segments together should reach the account's rate limit even
 * on a slow processor. `npm run simulate` has the figures. The task itself needs only 128 MB.
 */
const POSTING = 1_769;

/** A call that waits for its client is billed for the wait and does little else: at 512 MB it would cost twice as much. */
const WAITING = 256;

/**
 * API Gateway times out after 29 seconds for a message and 30 for an HTTP call. Our own timeout comes first because its log has more
 * detail.
 */
const WHILE_THE_CALLER_WAITS = 28;

/** Grants to call a client's tool, wait for the result, and cancel the call. */
const CALLS_A_CLIENT = [
  dynamodb('clients', 'GetItem', 'UpdateItem'),
  dynamodb('messages', 'PutItem', 'DeleteItem', 'GetItem', 'UpdateItem', 'BatchWriteItem'),
  connections('postToConnection'),
  connections('getConnection'),
];

/** The grants needed to take a client offline, and to tell those that watch its groups. */
const ENDS_A_SESSION = [
  dynamodb('clients', 'UpdateItem'),
  dynamodb('messages', 'Query', 'PutItem', 'UpdateItem'),
  start('presence'),
];

const FUNCTIONS: Readonly<Record<FunctionName, FunctionOptions>> = {
  'websocket/authorize': {
    memory: SMALL,
    timeout: 8, // API Gateway allows an authorizer 10
    description: 'Identifies the connecting client by its token',
    whenItFails: 'Clients with a valid token are refused with a 500.',
    grants: [secret('signingKey'), dynamodb('messages', 'Query')],
  },
  'websocket/connect': {
    memory: SMALL,
    timeout: 10,
    description: '$connect: brings the client online and starts the welcome task',
    whenItFails: 'Clients cannot connect: their handshakes fail with a 502.',
    grants: [
      dynamodb('clients', 'UpdateItem'),
      dynamodb('messages', 'Query', 'PutItem', 'DeleteItem', 'UpdateItem'),
      start('welcome'),
      start('end_session'),
      start('presence'),
    ],
  },
  'websocket/message': {
    memory: SMALL,
    timeout: WHILE_THE_CALLER_WAITS,
    description: '$default: answers every message of every client',
    whenItFails: 'Clients get "Internal server error" instead of an answer.',
    grants: [
      dynamodb('clients', 'UpdateItem', 'GetItem'),
      dynamodb('messages', 'PutItem', 'GetItem', 'UpdateItem', 'Query', 'DeleteItem'),
      start('respond'),
      start('presence_request'),
      connections('postToConnection'),
      connections('getConnection'),
      connections('deleteConnection'),
      secret('appSecrets'),
    ],
  },
  'websocket/disconnect': {
    memory: SMALL,
    timeout: 10,
    description: '$disconnect: takes the client offline',
    whenItFails: 'Clients that left stay listed until a push finds them gone, for at most two hours.',
    grants: [...ENDS_A_SESSION, start('end_session')],
  },
  'websocket/welcome': {
    memory: SMALL,
    timeout: 30, // it retries for 5 seconds, and each attempt may be throttled
    description: 'Greets a client once its connection is open',
    whenItFails: 'Clients connect but do not get connection_established.',
    // One retry after a minute: late, but a client that is still waiting gets its greeting.
    asynchronous: { retries: 1, maxAgeSeconds: 180 },
    grants: [connections('postToConnection'), connections('getConnection'), connections('deleteConnection')],
  },
  'websocket/end-session': {
    memory: SMALL,
    timeout: 600,
    description: 'Takes a client offline after an outage of the store',
    whenItFails: 'Clients that left during a DynamoDB outage stay listed for up to two hours.',
    asynchronous: { retries: 2, maxAgeSeconds: 3_600 },
    grants: ENDS_A_SESSION,
  },
  'websocket/revoke': {
    memory: SMALL,
    timeout: 900, // Lambda's maximum
    description: 'Closes the connections of clients whose tokens were revoked',
    whenItFails: 'Clients whose tokens were revoked stay connected for up to two hours.',
    asynchronous: { retries: 2, maxAgeSeconds: 3_600 },
    grants: [
      dynamodb('clients', 'BatchGetItem'),
      dynamodb('onlineIndex', 'Scan'),
      ...ENDS_A_SESSION,
      connections('postToConnection'),
      connections('getConnection'),
      connections('deleteConnection'),
    ],
  },
  'replies/fail': {
    memory: SMALL,
    timeout: 60,
    description: 'Tells a client that its answer failed',
    whenItFails: 'Clients whose answer failed are not told and keep waiting.',
    asynchronous: { retries: 2, maxAgeSeconds: 3_600 },
    grants: [
      dynamodb('clients', 'UpdateItem', 'GetItem'),
      dynamodb('messages', 'PutItem', 'UpdateItem', 'Query', 'DeleteItem'),
      start('respond'),
      connections('postToConnection'),
      connections('getConnection'),
    ],
  },
  'replies/respond': {
    memory: SMALL,
    timeout: 900, // Lambda's maximum; responder_seconds ends a reply earlier
    description: 'Answers a chat message with a model or a service, and streams the answer',
    whenItFails: 'Answers start over after a minute; after three attempts, clients get one with the status failed.',
    asynchronous: { retries: 2, maxAgeSeconds: 3_600 },
    grants: [
      dynamodb('clients', 'UpdateItem', 'GetItem'),
      dynamodb('messages', 'PutItem', 'GetItem', 'UpdateItem', 'Query', 'DeleteItem'),
      start('respond'),
      connections('postToConnection'),
      connections('getConnection'),
      secret('appSecrets'),
      secret('modelKey'),
      { actions: ['bedrock:InvokeModelWithResponseStream'], resource: 'bedrockModel' },
    ],
  },
  'broadcasts/segment': {
    memory: POSTING,
    timeout: 900, // Lambda's maximum; it starts a successor before that, and a crash costs one page
    description: 'Sends a broadcast to one share of all clients',
    whenItFails: 'Broadcasts to many clients stop, and continue from their last checkpoint when retried.',
    // Idempotent. After an hour the message is stale.
    asynchronous: { retries: 2, maxAgeSeconds: 3_600 },
    grants: [
      dynamodb('clients', 'UpdateItem', 'BatchGetItem'),
      dynamodb('onlineIndex', 'Scan'),
      dynamodb('groupsIndex', 'Query'),
      dynamodb('messages', 'Query', 'PutItem', 'BatchWriteItem'),
      start('broadcast_segment'),
      connections('postToConnection'),
      connections('getConnection'),
    ],
  },
  'presence/request': {
    memory: SMALL,
    timeout: 30,
    description: 'Tells a client who is in a group that it watches, and notes who joins and leaves',
    whenItFails: 'Clients that ask who is in a group are not answered.',
    asynchronous: { retries: 1, maxAgeSeconds: 180 },
    grants: [
      dynamodb('clients', 'GetItem', 'BatchGetItem'),
      dynamodb('messages', 'Query', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      dynamodb('groupsIndex', 'Query'),
      start('presence'),
      connections('postToConnection'),
    ],
  },
  'presence/roll-up': {
    memory: SMALL,
    timeout: 120,
    description: 'Tells clients what changed in the groups that they watch',
    whenItFails: 'Clients that watch a group are not told who comes and goes.',
    asynchronous: { retries: 2, maxAgeSeconds: 300 },
    grants: [
      dynamodb('clients', 'GetItem', 'BatchGetItem', 'UpdateItem'),
      dynamodb('messages', 'Query', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      start('presence'),
      connections('postToConnection'),
      connections('getConnection'),
    ],
  },
  'http/authorize': {
    memory: SMALL,
    timeout: 8,
    description: 'Checks the API key of an HTTP call',
    whenItFails: 'HTTP calls with a valid key are refused with a 500.',
    grants: [secret('apiKey'), dynamodb('messages', 'GetItem', 'PutItem')],
  },
  'http/docs': {
    memory: SMALL,
    timeout: 10,
    description: 'Index, health, API descriptions, and web pages',
    whenItFails: 'The documentation and GET /health answer with a 500; clients are not affected.',
    grants: [],
  },
  'http/read': {
    memory: SMALL,
    timeout: WHILE_THE_CALLER_WAITS,
    description: 'HTTP calls that read: status, clients, history, broadcasts',
    whenItFails: 'Calls that list clients or their history answer with a 500.',
    grants: [
      dynamodb('clients', 'GetItem', 'BatchGetItem'),
      dynamodb('onlineIndex', 'Scan'),
      dynamodb('ownedIndex', 'Query'),
      dynamodb('groupsIndex', 'Query', 'Scan'),
      dynamodb('messages', 'GetItem', 'Query'),
    ],
  },
  'http/groups': {
    memory: SMALL,
    timeout: WHILE_THE_CALLER_WAITS,
    description: 'HTTP calls that list and change groups',
    whenItFails: 'Calls that list or change groups answer with a 500.',
    grants: [
      dynamodb('clients', 'GetItem', 'BatchGetItem'),
      dynamodb('messages', 'Query', 'PutItem', 'BatchWriteItem', 'DeleteItem', 'UpdateItem'),
      dynamodb('groupsIndex', 'Query'),
      start('presence'),
    ],
  },
  'http/calls': {
    memory: WAITING,
    timeout: WHILE_THE_CALLER_WAITS,
    description: 'Tool calls to clients over HTTP, which may wait for the result',
    whenItFails: 'Tool calls to clients answer with a 500 and may have reached the client.',
    grants: [...CALLS_A_CLIENT, dynamodb('messages', 'Query')],
  },
  'http/mcp': {
    memory: WAITING,
    timeout: WHILE_THE_CALLER_WAITS,
    description: 'Each client as an MCP server, whose tools are called on the client',
    whenItFails: 'MCP hosts get errors from the tools of clients, and calls may have reached the client.',
    grants: CALLS_A_CLIENT,
  },
  'http/push': {
    memory: SMALL,
    timeout: WHILE_THE_CALLER_WAITS,
    description: 'HTTP calls that reach clients: send, broadcast, disconnect',
    whenItFails: 'Calls that push to clients answer with a 500, and may have reached some.',
    grants: [
      dynamodb('clients', 'GetItem', 'BatchGetItem'),
      dynamodb('onlineIndex', 'Scan'),
      dynamodb('groupsIndex', 'Query'),
      dynamodb('messages', 'BatchWriteItem', 'DeleteItem', 'GetItem'),
      ...ENDS_A_SESSION,
      start('broadcast_segment'),
      connections('postToConnection'),
      connections('getConnection'),
      connections('deleteConnection'),
    ],
  },
  'http/events': {
    memory: SMALL,
    timeout: 10,
    description: 'HTTP calls about event delivery',
    whenItFails: 'Calls about events answer with a 500; events are not affected.',
    grants: [dynamodb('messages', 'GetItem', 'PutItem', 'BatchWriteItem')],
  },
  'events/publish': {
    memory: WAITING,
    timeout: 60,
    description: 'Publishes events from the streams of the tables to EventBridge',
    whenItFails: 'Events are late. They are retried for 12 hours.',
    grants: [
      dynamodb('clients', 'GetItem', 'BatchGetItem'),
      dynamodb('messages', 'Query'),
      { actions: ['events:PutEvents'], resource: 'eventBus' },
    ],
  },
  'http/tokens': {
    memory: SMALL,
    timeout: 10,
    description: 'Issues the tokens that clients connect with',
    whenItFails: 'No new tokens are issued: clients whose token has expired cannot reconnect.',
    grants: [
      secret('signingKey'),
      dynamodb('clients', 'GetItem'),
      dynamodb('messages', 'GetItem', 'PutItem', 'BatchWriteItem'),
    ],
  },
  'http/admin': {
    memory: SMALL,
    timeout: WHILE_THE_CALLER_WAITS,
    description: 'API keys, revocations, and the audit log',
    whenItFails: 'Keys cannot be managed and tokens cannot be revoked.',
    grants: [dynamodb('messages', 'GetItem', 'PutItem', 'DeleteItem', 'Query', 'BatchWriteItem'), start('revoke')],
  },
};

export function optionsOf(name: FunctionName): FunctionOptions {
  return FUNCTIONS[name];
}

/**
 * With access control off, no function signs or checks tokens: a token signed then would still be valid after access control is turned
 * on. `appSecrets` covers the secrets that the team's settings name.
 */
export function grantsOf(
  name: FunctionName,
  { auth, app_secrets, responder, responder_key_secret }: Settings,
): readonly Grant[] {
  return FUNCTIONS[name].grants.filter(({ resource }) => {
    if (resource === 'signingKey') return auth === 'token';
    if (resource === 'appSecrets') return Object.keys(app_secrets).length > 0;
    if (resource === 'modelKey') return responder_key_secret !== undefined;
    if (resource === 'bedrockModel') return responder === 'bedrock';
    return true;
  });
}

/** `websocket/connect` to the construct id `WebsocketConnect`. */
export function idOf(name: FunctionName): string {
  return name
    .split(/[/-]/)
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join('');
}

/**
 * A fixed name, not a generated one. It is readable in logs and traces, and a function can only be told its own name if the name is known
 * before the function exists.
 */
export function functionNameOf({ stackName }: Stack, name: FunctionName): string {
  return `${stackName}-${name.replace('/', '-')}`;
}

/** Name of the event bus. Fixed, so that functions can be told it before the bus exists. */
export function eventBusOf({ stackName }: Stack, { event_bus }: Settings): string {
  return event_bus ?? `${stackName}-events`;
}

/** The alias by which routes, authorizers and tasks call a function. */
export const LIVE = 'live';
