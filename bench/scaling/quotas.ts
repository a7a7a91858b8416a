/**
 * The limits of a deployment: the quotas of an account in one region, and the stack's own throttles, each with its use by a number of
 * clients.
 */
import { PLATFORM_HEARTBEAT_SECONDS } from '../../lambdas/protocol/limits';
import { SETTINGS } from '../../lib/settings';

/** What each client does, in addition to staying connected. */
export const HABITS = { chatsPerHour: 6, toolCallsPerHour: 2, pushesPerHour: 2 } as const;

/** Seconds after which API Gateway closes a connection, and the client reconnects. */
const CONNECTION_SECONDS = 7_200;

/** Seconds that one message occupies a function: a write and a post, with a margin. */
const MESSAGE_SECONDS = 0.03;

export interface Quota {
  name: string;
  /** Per second, or concurrent: see `unit`. */
  limit: number;
  unit: string;
  usedBy(clients: number): number;
}

const perSecond = (timesPerHour: number) => (clients: number) => (clients * timesPerHour) / 3_600;
const pings = (clients: number) => clients / PLATFORM_HEARTBEAT_SECONDS;
const chats = perSecond(HABITS.chatsPerHour);
const toolCalls = perSecond(HABITS.toolCallsPerHour);
const pushes = perSecond(HABITS.pushesPerHour);
const connects = (clients: number) => clients / CONNECTION_SECONDS;
const messagesIn = (clients: number) => pings(clients) + chats(clients) + toolCalls(clients);

const throttle = (name: 'message_rate' | 'http_rate' | 'connect_rate') => Number(SETTINGS[name].default);

/** Defaults of us-east-1, from the quota pages of API Gateway, Lambda and DynamoDB, and of the settings. */
export const QUOTAS: readonly Quota[] = [
  {
    name: 'API Gateway: requests, callbacks included',
    limit: 10_000,
    unit: 'a second',
    // A chat has its `processing` posted, a push is an HTTP request and a post, a connect is a call for a token and a welcome.
    usedBy: (clients) => messagesIn(clients) + chats(clients) + 2 * pushes(clients) + 3 * connects(clients),
  },
  {
    name: 'API Gateway: new connections',
    limit: 500,
    unit: 'a second',
    usedBy: connects,
  },
  {
    name: 'Lambda: functions running',
    limit: 1_000,
    unit: 'at a time',
    usedBy: (clients) => (messagesIn(clients) + pushes(clients) + 4 * connects(clients)) * MESSAGE_SECONDS,
  },
  {
    name: 'DynamoDB: writes to Clients',
    limit: 40_000,
    unit: 'units a second',
    // A push takes a position there. A connect and a disconnect also write an entry of the index.
    usedBy: (clients) => messagesIn(clients) + pushes(clients) + 4 * connects(clients),
  },
  {
    name: 'DynamoDB: writes to Messages',
    limit: 40_000,
    unit: 'units a second',
    usedBy: (clients) => chats(clients) + toolCalls(clients) + pushes(clients),
  },
  {
    name: 'the stack: `message_rate`',
    limit: throttle('message_rate'),
    unit: 'a second',
    usedBy: messagesIn,
  },
  {
    name: 'the stack: `http_rate`, of `POST /send_message`',
    limit: throttle('http_rate'),
    unit: 'a second',
    usedBy: pushes,
  },
  {
    name: 'the stack: `connect_rate`, of `$connect` and of `POST /tokens`',
    limit: throttle('connect_rate'),
    unit: 'a second',
    usedBy: connects,
  },
];

/** How many clients use up a quota: all uses grow with the number of clients. */
export function clientsAtLimit({ limit, usedBy }: Quota): number {
  return limit / usedBy(1);
}

/** Seconds until all clients have reconnected after all connections were lost at once, each with its own token. */
export function reconnectSeconds(clients: number): number {
  const [, connections] = QUOTAS as [Quota, Quota];
  return clients / Math.min(connections.limit, throttle('connect_rate'));
}

/** Seconds that a broadcast takes because of the quota, with the clients' usual traffic. */
export function broadcastSeconds(clients: number): number {
  const [requests] = QUOTAS as [Quota];
  return clients / (requests.limit - requests.usedBy(clients));
}
