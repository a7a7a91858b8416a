/** The quotas of an account in one region that a deployment can meet, and how much of each a number of clients uses. */
import { HEARTBEAT_SECONDS } from '../../lambdas/protocol/limits';

/** What each client does, beside staying connected. */
export const HABITS = { chatsPerHour: 6, toolCallsPerHour: 2, pushesPerHour: 2 } as const;

/** Seconds after which API Gateway closes a connection, and the client connects again. */
const CONNECTION_SECONDS = 7_200;

/** Seconds that one message keeps a function busy: a write and a post, with a margin. */
const MESSAGE_SECONDS = 0.03;

export interface Quota {
  name: string;
  /** A second, or at a time: as `unit` says. */
  limit: number;
  unit: string;
  /** Whether AWS raises it on request. */
  canBeRaised: string;
  usedBy(clients: number): number;
}

const perSecond = (timesPerHour: number) => (clients: number) => (clients * timesPerHour) / 3_600;
const pings = (clients: number) => clients / HEARTBEAT_SECONDS;
const chats = perSecond(HABITS.chatsPerHour);
const toolCalls = perSecond(HABITS.toolCallsPerHour);
const pushes = perSecond(HABITS.pushesPerHour);
const connects = (clients: number) => clients / CONNECTION_SECONDS;
const messagesIn = (clients: number) => pings(clients) + chats(clients) + toolCalls(clients);

/** Defaults of us-east-1, by the quota pages of API Gateway, Lambda and DynamoDB. */
export const QUOTAS: readonly Quota[] = [
  {
    name: 'API Gateway: requests, callbacks included',
    limit: 10_000,
    unit: 'a second',
    canBeRaised: 'yes',
    // A chat has its `processing` posted, a push is an HTTP request and a post, a connect has its welcome posted.
    usedBy: (clients) => messagesIn(clients) + chats(clients) + 2 * pushes(clients) + 2 * connects(clients),
  },
  {
    name: 'API Gateway: new connections',
    limit: 500,
    unit: 'a second',
    canBeRaised: 'yes',
    usedBy: connects,
  },
  {
    name: 'Lambda: functions running',
    limit: 1_000,
    unit: 'at a time',
    canBeRaised: 'yes',
    usedBy: (clients) => (messagesIn(clients) + pushes(clients) + 3 * connects(clients)) * MESSAGE_SECONDS,
  },
  {
    name: 'DynamoDB: writes to Sessions',
    limit: 40_000,
    unit: 'units a second',
    canBeRaised: 'yes',
    usedBy: (clients) => messagesIn(clients) + 2 * connects(clients),
  },
  {
    name: 'DynamoDB: writes to Messages',
    limit: 40_000,
    unit: 'units a second',
    canBeRaised: 'yes',
    usedBy: (clients) => chats(clients) + toolCalls(clients) + pushes(clients),
  },
];

/** How many clients fill a quota: all of them grow with the number of clients. */
export function clientsAtLimit({ limit, usedBy }: Quota): number {
  return limit / usedBy(1);
}

/** Seconds until all clients are back after every connection was lost at once. */
export function reconnectSeconds(clients: number): number {
  const [, connections] = QUOTAS as [Quota, Quota];
  return clients / connections.limit;
}

/** Seconds that a broadcast takes by the quota alone, while the clients go on as usual. */
export function broadcastSeconds(clients: number): number {
  const [requests] = QUOTAS as [Quota];
  return clients / (requests.limit - requests.usedBy(clients));
}
