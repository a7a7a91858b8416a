/** Every function: its entry, how large it is, how long it may run, and what it means to people when it fails. */
import type { Stack } from 'aws-cdk-lib';
import type { httpRoutes, webSocketRoutes } from '../lambdas/routes';

interface EntryOptions {
  /** Megabytes. Lambda gives processor time in proportion: 1,769 MB are one vCPU. */
  memory: number;
  /** Seconds. */
  timeout: number;
  /** For people, in the console. */
  description: string;
  /** The first words of its alarm: what its callers notice. */
  whenItFails: string;
  /** How an asynchronous invocation is repeated; given where a function has no caller that waits. */
  asynchronous?: { retries: number; maxAgeSeconds: number };
}

/**
 * Over a quarter of a vCPU. These functions wait for other services most of their time; less memory is hardly cheaper,
 * as a request has its own price, and makes a cold start and the largest message noticeably slower.
 */
const SMALL = 512;

/**
 * One vCPU: signing and encrypting posts is all that a segment does, and 16 tasks should make more of them than the platform
 * takes from one account, on a slow processor too. `npm run simulate` has the figures; the task itself needs 128 MB.
 */
const POSTING = 1_769;

/** API Gateway waits for 29 seconds on a message and 30 on an HTTP call: the function's own end says more than theirs. */
const WHILE_THE_CALLER_WAITS = 28;

export const ENTRIES = {
  'websocket/authorize': {
    memory: SMALL,
    timeout: 8, // API Gateway gives an authorizer 10
    description: 'Checks the token of a client that connects',
    whenItFails: 'Clients with a good token are refused with a 500.',
  },
  'websocket/connect': {
    memory: SMALL,
    timeout: 10,
    description: '$connect: begins the session and starts the welcome task',
    whenItFails: 'Clients cannot connect: their handshakes end in a 502.',
  },
  'websocket/message': {
    memory: SMALL,
    timeout: WHILE_THE_CALLER_WAITS,
    description: '$default: answers every message of every client',
    whenItFails: 'Clients get "Internal server error" instead of an answer.',
  },
  'websocket/disconnect': {
    memory: SMALL,
    timeout: 10,
    description: '$disconnect: ends the session',
    whenItFails: 'Clients that left are still listed, until a push finds them gone or two hours have passed.',
  },
  'background/welcome': {
    memory: SMALL,
    timeout: 30, // it tries for 5, and each try may be throttled
    description: 'Greets a client once its connection is open',
    whenItFails: 'Clients connect, and wait in vain for connection_established.',
    // One more try after a minute: late, but a client that waits for its greeting still gets it. Then it has no use.
    asynchronous: { retries: 1, maxAgeSeconds: 180 },
  },
  'background/broadcast-segment': {
    memory: POSTING,
    timeout: 900, // Lambda's longest; it starts its own successor before, and a crash costs it a page
    description: 'Brings a broadcast to one share of all clients',
    whenItFails: 'Broadcasts to many clients stop on the way, and go on from their last checkpoint when tried again.',
    // Safe to repeat, as it goes on from its checkpoint; after an hour what it says is old.
    asynchronous: { retries: 2, maxAgeSeconds: 3_600 },
  },
  'http/authorize': {
    memory: SMALL,
    timeout: 8,
    description: 'Checks the API key of an HTTP call',
    whenItFails: 'HTTP calls with a good key are refused with a 500.',
  },
  'http/docs': {
    memory: SMALL,
    timeout: 10,
    description: 'Index, health, descriptions, and the page for people',
    whenItFails: 'The documentation and GET /health answer with a 500; clients are not concerned.',
  },
  'http/read': {
    memory: SMALL,
    timeout: WHILE_THE_CALLER_WAITS,
    description: 'HTTP calls that look: status, clients, history, broadcasts',
    whenItFails: 'Calls that list clients or their history answer with a 500.',
  },
  'http/push': {
    memory: SMALL,
    timeout: WHILE_THE_CALLER_WAITS,
    description: 'HTTP calls that reach clients: send, call a tool, broadcast, disconnect',
    whenItFails: 'Calls that push to clients answer with a 500, and may have reached some.',
  },
  'http/tokens': {
    memory: SMALL,
    timeout: 10,
    description: 'Issues tokens with which clients connect',
    whenItFails: 'No new tokens are issued: clients whose token ends cannot connect again.',
  },
} as const satisfies Record<RoutedEntry | BackgroundEntry | AuthorizerEntry, EntryOptions>;

type RoutedEntry = (typeof webSocketRoutes | typeof httpRoutes)[number]['entry'];
type BackgroundEntry = 'background/welcome' | 'background/broadcast-segment';
type AuthorizerEntry = 'websocket/authorize' | 'http/authorize';

/** A file below `lambdas/functions/`, without its ending. */
export type Entry = keyof typeof ENTRIES;

export const entries = Object.keys(ENTRIES) as Entry[];

export function optionsOf(entry: Entry): EntryOptions {
  return ENTRIES[entry];
}

/** `websocket/connect` as the id of a construct: `WebsocketConnect`. */
export function idOf(entry: Entry): string {
  return entry
    .split(/[/-]/)
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join('');
}

/**
 * A name of ours, and not one that CloudFormation makes up: for people, in logs and traces, and because a function can be
 * told its own name only if that is known before it is there.
 */
export function functionNameOf({ stackName }: Stack, entry: Entry): string {
  return `${stackName}-${entry.replace('/', '-')}`;
}
