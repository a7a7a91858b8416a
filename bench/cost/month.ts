/** A month of given traffic in dollars. */
import { PLATFORM_HEARTBEAT_SECONDS } from '../../lambdas/protocol/limits';
import { PRICES } from '../prices';
import type { EventName, SeenEvent } from './events';
import { meteredMessages } from './model';

export interface Traffic {
  /** Connected all the time. */
  clients: number;
  /** Of each client in an hour. */
  chatsPerHour: number;
  toolCallsPerHour: number;
  /** Sent to each client in an hour, over HTTP. */
  pushesPerHour: number;
}

export interface Month {
  events: number;
  /** Dollars. */
  connectionMinutes: number;
  /** Dollars, after what the steps of the prices take off. */
  eventCosts: number;
  /** Dollars that traces cost beside that, with `tracing=yes`. */
  traces: number;
}

const HOURS = 730;

/** Hours that API Gateway keeps a connection; then the client connects again. */
const CONNECTION_HOURS = 2;

/** Lambda traces the first request in each second of each function, and one in twenty of the others. */
const TRACED = { inEachSecond: 1, share: 0.05 } as const;

export function countsOf(traffic: Traffic): Record<EventName, number> {
  const { clients, chatsPerHour, toolCallsPerHour, pushesPerHour } = traffic;
  const clientHours = clients * HOURS;
  return {
    token: clientHours / CONNECTION_HOURS, // one for each time that a client connects
    'connect and disconnect': clientHours / CONNECTION_HOURS,
    ping: clientHours * (3_600 / PLATFORM_HEARTBEAT_SECONDS),
    chat_message: clientHours * chatsPerHour,
    tool_call: clientHours * toolCallsPerHour,
    send_message: clientHours * pushesPerHour,
    'call_tool and its result': 0, // the months have pushes of one kind only
  };
}

/** @param costs  dollars of one event of each kind, at the first step of the prices */
export function monthOf(traffic: Traffic, seen: Record<EventName, SeenEvent>, costs: Record<EventName, number>): Month {
  const counts = Object.entries(countsOf(traffic)) as [EventName, number][];
  const sum = (each: (event: SeenEvent) => number) =>
    counts.reduce((total, [name, count]) => total + count * each(seen[name]), 0);
  const discounts =
    above(1e9, sum(meteredMessages)) * (PRICES.webSocketMessage - PRICES.webSocketMessageAboveBillion) +
    above(
      3e8,
      sum(({ httpRequests }) => httpRequests),
    ) *
      (PRICES.httpRequest - PRICES.httpRequestAbove300Million);
  return {
    events: counts.reduce((total, [, count]) => total + count, 0),
    connectionMinutes: traffic.clients * HOURS * 60 * PRICES.webSocketConnectionMinute,
    eventCosts: counts.reduce((total, [name, count]) => total + count * costs[name], 0) - discounts,
    traces: tracesOf(counts, seen) * PRICES.trace,
  };
}

function above(step: number, count: number): number {
  return Math.max(0, count - step);
}

/** As if requests came evenly: in bursts there are fewer first ones. */
function tracesOf(counts: [EventName, number][], seen: Record<EventName, SeenEvent>): number {
  const invocations = new Map<string, number>();
  for (const [name, count] of counts) {
    for (const invoked of seen[name].invocations) invocations.set(invoked, (invocations.get(invoked) ?? 0) + count);
  }
  const seconds = HOURS * 3_600;
  return [...invocations.values()].reduce((sum, count) => {
    const first = Math.min(count, seconds * TRACED.inEachSecond);
    return sum + first + (count - first) * TRACED.share;
  }, 0);
}
