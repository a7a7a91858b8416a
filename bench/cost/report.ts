/** The cost tables as Markdown. */
import { PRICES_DATE } from '../prices';
import type { EventName, SeenEvent } from './events';
import { floorCost, type ModelOptions, ourCost, scanCost, totalOf } from './model';
import { monthOf, type OptionalCosts, optionalOf, type Traffic } from './month';
import type { Standing } from './standing';
import { watchingCost } from './watching';

/** Sessions in the table that the naive design scans. */
const SCANNED_SESSIONS = 1_000;

const MILLION = 1_000_000;

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function eventTable(seen: Record<EventName, SeenEvent>, options: ModelOptions): string {
  const head = [
    'a million of',
    'API Gateway',
    'Lambda',
    'DynamoDB',
    'all',
    'the floor',
    'ratio',
    'by scans',
    'watching it',
  ];
  const rows = (Object.entries(seen) as [EventName, SeenEvent][]).map(([name, event]) => {
    const [ours, floor, scans] = [
      ourCost(event, options),
      floorCost(event, options),
      scanCost(event, SCANNED_SESSIONS, options),
    ];
    const parts = [ours.gateway, ours.lambda, ours.dynamo, totalOf(ours), totalOf(floor)];
    const ratio = (totalOf(ours) / totalOf(floor)).toFixed(3);
    const others = [totalOf(scans), watchingCost(event)].map((cost) => dollars(cost * MILLION));
    return [name, ...parts.map((part) => dollars(part * MILLION)), ratio, ...others];
  });
  return table(head, rows);
}

/** Every AWS call observed for each event. */
export function callTable(seen: Record<EventName, SeenEvent>): string {
  const rows = (Object.entries(seen) as [EventName, SeenEvent][]).map(([name, { calls, messages }]) => [
    name,
    messages.map((bytes) => `${bytes} B`).join(', '),
    calls
      .map(
        ({ action, resource, units }) =>
          `${action.split(':')[1]} ${resource}${units > 0 ? ` (${Number(units.toFixed(2))})` : ''}`,
      )
      .join(', '),
  ]);
  return table(['event', 'messages', 'AWS calls (capacity units)'], rows);
}

/** Dollars per event of each kind. */
function costsOf(seen: Record<EventName, SeenEvent>, options: ModelOptions): Record<EventName, number> {
  return Object.fromEntries(
    Object.entries(seen).map(([name, event]) => [name, totalOf(ourCost(event, options)) + watchingCost(event)]),
  ) as Record<EventName, number>;
}

/** Total dollars per month. */
export function dollarsOf(
  traffic: Traffic,
  seen: Record<EventName, SeenEvent>,
  standing: Standing,
  options: ModelOptions,
): number {
  const { connectionMinutes, eventCosts } = monthOf(traffic, seen, costsOf(seen, options));
  return connectionMinutes + eventCosts + standing.dollars;
}

export function monthTable(
  traffics: Traffic[],
  seen: Record<EventName, SeenEvent>,
  standing: Standing,
  optional: OptionalCosts,
  options: ModelOptions,
): string {
  const costs = costsOf(seen, options);
  const rows = traffics.map((traffic) => {
    const { events, connectionMinutes, eventCosts, traces } = monthOf(traffic, seen, costs);
    const { groups, audit } = optionalOf(traffic, optional);
    const fixed = standing.dollars;
    const cells = [traffic.clients, traffic.chatsPerHour, traffic.toolCallsPerHour, traffic.pushesPerHour];
    return [
      ...cells.map((cell) => cell.toLocaleString('en')),
      Math.round(events).toLocaleString('en'),
      ...[connectionMinutes, eventCosts, fixed, connectionMinutes + eventCosts + fixed, traces, groups, audit].map(
        dollars,
      ),
    ];
  });
  const head = [
    'clients',
    'chats/h each',
    'tool calls/h',
    'pushes/h',
    'events a month',
    'connected',
    'events',
    'standing',
    'a month',
    'with tracing, more',
    'with groups, more',
    'with the audit, more',
  ];
  return table(head, rows);
}

export function priceNote(options: ModelOptions): string {
  return `Prices: us-east-1, ${PRICES_DATE}, without free tiers. Functions: arm64, ${options.memoryMegabytes} MB.`;
}
