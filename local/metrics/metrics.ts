/** All metrics of the server, as `docs/operate.md` lists them. */
import { getHeapStatistics } from 'node:v8';
import { collectDefaultMetrics } from 'prom-client';
import type { WebhookCounts } from '../events/webhooks';
import type { GatewayStatus } from '../gateway/gateway';
import type { Kept } from '../host';
import type { BroadcastCounts } from './broadcast-counts';
import type { LogCounts } from './counting-log';
import { MESSAGE_BUCKETS } from './message-counts';
import { createRegistry, type MetricRegistry, type Sample } from './registry';
import type { RequestCounts } from './request-counts';
import { STORE_BUCKETS, type StoreTimes } from './store-times';

/** Sources of the metrics. */
export interface MetricSources {
  version: string;
  gateway(): GatewayStatus;
  log: LogCounts;
  requests: RequestCounts;
  broadcasts: BroadcastCounts;
  stores: StoreTimes;
  /** Replies that tasks make. */
  replies(): { running: number; waiting: number; max: number };
  runningTasks(): number;
  kept(): Kept;
  maxKept: { historyBytes: number; eventBytes: number };
  /** Clients that are online, by each of their labels. */
  countLabels(): Promise<Map<string, number>>;
  isReady(): Promise<boolean>;
  /** Milliseconds since 1970; undefined without TLS. */
  certificateEndsAt(): number | undefined;
}

export interface Metrics {
  contentType: string;
  /** The text for Prometheus. */
  text(): Promise<string>;
}

/** Gauges that prom-client names like counters, which `promtool` rejects; each is also available under another name. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** Maximum number of labels with their own series: partners choose labels, and each series costs Prometheus memory. */
const MAX_LABEL_SERIES = 50;

export function createMetrics(sources: MetricSources): Metrics {
  const metrics = createRegistry();
  const { registry } = metrics;
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  addServer(metrics, sources);
  addConnections(metrics, sources);
  addBounds(metrics, sources);
  addMessages(metrics, sources);
  addPushes(metrics, sources);
  addWork(metrics, sources);
  addKept(metrics, sources);
  return { contentType: registry.contentType, text: () => registry.metrics() };
}

function addServer({ gauge, counter }: MetricRegistry, sources: MetricSources): void {
  const { version, isReady, certificateEndsAt, log } = sources;
  gauge('switchboard_info', 'The running version', ['version'], () => [[{ version }, 1]]);
  gauge('switchboard_ready', '1 if /ready reports ready, otherwise 0', [], async () => one((await isReady()) ? 1 : 0));
  if (certificateEndsAt() !== undefined) {
    gauge('switchboard_tls_certificate_expiry_timestamp_seconds', 'When the certificate in TLS_CERT expires', [], () =>
      one((certificateEndsAt() ?? 0) / 1_000),
    );
  }
  counter('switchboard_errors_total', 'Errors in the log, by event', ['event'], () => byLabel('event', log.errors));
  counter('switchboard_warnings_total', 'Warnings in the log, by event', ['event'], () =>
    byLabel('event', log.warnings),
  );
}

function addConnections({ gauge, counter }: MetricRegistry, { gateway, log, countLabels }: MetricSources): void {
  gauge('switchboard_connections', 'Open WebSocket connections', [], () => one(gateway().connections));
  gauge('switchboard_connections_limit', 'Maximum number of connections', [], () => one(gateway().maxConnections));
  gauge('switchboard_clients', 'Online clients, by label', ['label'], async () => {
    const counts = await countLabels().catch(() => new Map<string, number>()); // other metrics show that the store is down
    return byLabel('label', mostFrequent(counts, MAX_LABEL_SERIES));
  });
  counter('switchboard_connections_opened_total', 'Opened connections', [], () => one(log.infos.get('connected') ?? 0));
  counter('switchboard_connections_closed_total', 'Closed connections', [], () =>
    one(log.infos.get('disconnected') ?? 0),
  );
  counter('switchboard_refused_total', 'Clients and callers refused or cut off', ['reason'], () => [
    ...byLabel('reason', Object.entries(gateway().refused)),
    [{ reason: 'unauthorized' }, log.infos.get('connection_refused') ?? 0],
  ]);
}

function addBounds({ gauge }: MetricRegistry, { gateway }: MetricSources): void {
  gauge('switchboard_held_bytes', 'Data held in memory for the other ends of sockets', ['kind'], () => {
    const { heldBytes, httpBodyBytes, httpUnreadBytes } = gateway();
    return byLabel('kind', [
      ['websocket', heldBytes],
      ['http_bodies', httpBodyBytes],
      ['http_answers', httpUnreadBytes],
    ]);
  });
  gauge('switchboard_held_bytes_limit', 'Limit of switchboard_held_bytes', ['kind'], () => {
    const { maxHeldBytes, maxHttpBodyBytes, maxHttpUnreadBytes } = gateway();
    return byLabel('kind', [
      ['websocket', maxHeldBytes],
      ['http_bodies', maxHttpBodyBytes],
      ['http_answers', maxHttpUnreadBytes],
    ]);
  });
  gauge('switchboard_heap_limit_bytes', 'Maximum heap of the process', [], () =>
    one(getHeapStatistics().heap_size_limit),
  );
}

function addMessages({ counter, histogram }: MetricRegistry, { log: { messages } }: MetricSources): void {
  counter('switchboard_messages_total', 'Messages from clients', ['type', 'result'], () =>
    [...messages.byType].flatMap(([type, { results }]) =>
      Object.entries(results).map(([result, count]): Sample => [{ type, result }, count]),
    ),
  );
  const bounds = MESSAGE_BUCKETS.map((milliseconds) => milliseconds / 1_000);
  histogram('switchboard_message_seconds', 'Time from the arrival of a message to its answer', bounds, () =>
    [...messages.byType].map(([type, { buckets, sum }]) => ({ labels: { type }, counts: buckets, sum: sum / 1_000 })),
  );
}

function addPushes({ gauge, counter }: MetricRegistry, { log, requests, broadcasts }: MetricSources): void {
  counter('switchboard_http_requests_total', 'HTTP calls, by route and status', ['route', 'status'], () =>
    requests.all(),
  );
  counter('switchboard_pushes_total', 'Messages and calls pushed to one client', ['outcome'], () =>
    byLabel('outcome', [
      ['posted', log.infos.get('pushed') ?? 0],
      ['held', log.infos.get('held') ?? 0],
      ...log.failedPushes,
    ]),
  );
  counter('switchboard_broadcast_posts_total', 'Clients that broadcasts were sent to', ['outcome'], () =>
    byLabel('outcome', Object.entries(broadcasts.posts)),
  );
  gauge('switchboard_broadcasts_running', 'Running broadcasts', [], () => one(broadcasts.runningBroadcasts));
  gauge('switchboard_broadcast_segments_running', 'Unfinished segments of running broadcasts', [], () =>
    one(broadcasts.runningSegments),
  );
}

function addWork({ gauge, histogram }: MetricRegistry, sources: MetricSources): void {
  const { gateway, replies, runningTasks, stores } = sources;
  gauge('switchboard_events_running', 'Handshakes, messages and closes being handled', [], () =>
    one(gateway().runningEvents),
  );
  gauge(
    'switchboard_handshakes_waiting',
    'Connections that have sent no request yet, or are slowed down',
    ['state'],
    () => {
      const { withoutRequest, slowedHandshakes } = gateway();
      return byLabel('state', [
        ['no_request', withoutRequest],
        ['slowed', slowedHandshakes],
      ]);
    },
  );
  gauge('switchboard_tasks_running', 'Tasks that are running or waiting for a retry', [], () => one(runningTasks()));
  gauge('switchboard_replies', 'Answers generated by tasks', ['state'], () => {
    const { running, waiting } = replies();
    return byLabel('state', [
      ['running', running],
      ['waiting', waiting],
    ]);
  });
  gauge('switchboard_replies_limit', 'Maximum number of concurrent answers', [], () => one(replies().max));
  histogram('switchboard_store_seconds', 'Duration of store calls; under load, of some of them', STORE_BUCKETS, () =>
    [...stores.operations.values()].map(({ store, operation, buckets, sum }) => ({
      labels: { store, operation },
      counts: buckets,
      sum,
    })),
  );
}

function addKept({ gauge, counter }: MetricRegistry, { kept, maxKept }: MetricSources): void {
  gauge('switchboard_history_bytes', 'Messages kept in memory', [], () => one(kept().historyBytes));
  gauge(
    'switchboard_history_bytes_limit',
    'Limit of switchboard_history_bytes; above it the oldest messages are dropped',
    [],
    () => one(maxKept.historyBytes),
  );
  const queue = () => kept().webhooks ?? NO_WEBHOOKS;
  gauge(
    'switchboard_webhook_events',
    'Events that wait for a receiver, or for a replay after a failure',
    ['state'],
    () => {
      const { waiting, failed } = queue();
      return byLabel('state', [
        ['waiting', waiting],
        ['failed', failed],
      ]);
    },
  );
  gauge('switchboard_webhook_events_bytes', 'Size of these events', [], () => one(queue().bytes));
  gauge(
    'switchboard_webhook_events_bytes_limit',
    'Limit of switchboard_webhook_events_bytes; above it the oldest are dropped',
    [],
    () => one(maxKept.eventBytes),
  );
  counter('switchboard_webhook_events_dropped_total', 'Events dropped because the queue was full', [], () =>
    one(queue().dropped),
  );
  counter('switchboard_webhook_attempts_total', 'Posts to receivers', ['receiver', 'outcome'], () =>
    queue().attempts.flatMap(({ receiver, delivered, failed }): Sample[] => [
      [{ receiver, outcome: 'delivered' }, delivered],
      [{ receiver, outcome: 'failed' }, failed],
    ]),
  );
}

const NO_WEBHOOKS: WebhookCounts = { waiting: 0, failed: 0, dropped: 0, bytes: 0, attempts: [] };

/**
 * The largest counts, and the sum of the others as `other`, to which a label of that name adds. Equal ones are in the order of their names,
 * so that a series stays.
 */
export function mostFrequent(counts: ReadonlyMap<string, number>, most: number): [string, number][] {
  const sorted = [...counts].sort(([name, count], [other, than]) => than - count || (name < other ? -1 : 1));
  const rest = sorted.splice(most).reduce((sum, [, count]) => sum + count, 0);
  return rest === 0 ? sorted : [...sorted, ['other', rest]];
}

function one(value: number): Sample[] {
  return [[{}, value]];
}

function byLabel(name: string, values: Iterable<readonly [string, number]>): Sample[] {
  return Array.from(values, ([label, value]): Sample => [{ [name]: label }, value]);
}
