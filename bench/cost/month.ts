/** The cost of a month of given traffic in dollars. */
import { PLATFORM_HEARTBEAT_SECONDS } from '../../lambdas/protocol/limits';
import { PRICES } from '../prices';
import type { EventName, SeenEvent } from './events';
import { meteredMessages } from './model';

export interface Traffic {
  /** Clients that are connected all the time. */
  clients: number;
  /** By each client, per hour. */
  chatsPerHour: number;
  toolCallsPerHour: number;
  /** To each client, per hour, over HTTP. */
  pushesPerHour: number;
  /** Of each client, per hour, by the team: it joins or leaves a group. */
  groupChangesPerHour: number;
}

/** Dollars for what only some deployments use. */
export interface OptionalCosts {
  groupChange: number;
  /** Writing an entry of the audit, and reading a page of it. */
  auditEntry: number;
  auditRead: number;
}

export interface Month {
  events: number;
  /** Dollars. */
  connectionMinutes: number;
  /** In dollars, after the discounts of the price tiers. */
  eventCosts: number;
  /** Additional dollars for traces, with `tracing=yes`. */
  traces: number;
}

const HOURS = 730;

/** Hours that API Gateway keeps a connection, after which the client reconnects. */
const CONNECTION_HOURS = 2;

/** Lambda traces the first request in each second of each function, and one in twenty of the others. */
const TRACED = { inEachSecond: 1, share: 0.05 } as const;

export function countsOf(traffic: Traffic): Record<EventName, number> {
  const { clients, chatsPerHour, toolCallsPerHour, pushesPerHour } = traffic;
  const clientHours = clients * HOURS;
  return {
    token: clientHours / CONNECTION_HOURS, // one per connection
    'connect and disconnect': clientHours / CONNECTION_HOURS,
    ping: clientHours * (3_600 / PLATFORM_HEARTBEAT_SECONDS),
    chat_message: clientHours * chatsPerHour,
    tool_call: clientHours * toolCallsPerHour,
    send_message: clientHours * pushesPerHour,
    'call_tool and its result': 0, // the months only have one kind of push
  };
}

/** @param costs  dollars for one event of each kind, at the first price tier */
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

/** Dollars a month for groups, and for the audit: an entry for each call that changes something, and a page that is read every hour. */
export function optionalOf(traffic: Traffic, costs: OptionalCosts): { groups: number; audit: number } {
  const counts = countsOf(traffic);
  const changes = traffic.clients * HOURS * traffic.groupChangesPerHour;
  const audited = counts.token + counts.send_message + counts['call_tool and its result'] + changes;
  return { groups: changes * costs.groupChange, audit: audited * costs.auditEntry + HOURS * costs.auditRead };
}

function above(step: number, count: number): number {
  return Math.max(0, count - step);
}

/** As if requests arrived evenly: in bursts there are fewer first ones. */
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
