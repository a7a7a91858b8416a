/** Counters behind the metrics: plain numbers, with a bounded set of labels. */
import { systemClock } from '../../../lambdas/ports/runtime';
import type { HostDependencies } from '../../../local/host';
import { createMemoryBroadcasts } from '../../../local/memory/memory-broadcasts';
import { BroadcastCounts } from '../../../local/metrics/broadcast-counts';
import { createCountingLog, LogCounts } from '../../../local/metrics/counting-log';
import { MessageCounts } from '../../../local/metrics/message-counts';
import { mostFrequent } from '../../../local/metrics/metrics';
import { createRegistry } from '../../../local/metrics/registry';
import { StoreTimes } from '../../../local/metrics/store-times';
import { createRecordingLog, createTestClients, createTestHistory } from '../../support/fakes';

it('messages are counted by type, result and time', () => {
  const counts = new MessageCounts();
  counts.add({ type: 'ping', ms: 0 });
  counts.add({ type: 'ping', ms: 3 });
  counts.add({ type: 'ping', ms: 60_000, error: 'timed_out' });
  counts.add({ ms: 1, error: 'invalid_json' });
  expect(counts.byType.get('ping')).toMatchObject({ results: { ok: 2, timed_out: 1 }, sum: 60_003 });
  expect(counts.byType.get('ping')?.buckets).toEqual([1, 0, 1, ...Array(11).fill(0), 1]);
  expect(counts.byType.get('unknown')?.results).toEqual({ invalid_json: 1 });
});

it('a counting log passes each line on, and counts a bounded set of events', () => {
  const [counts, inner] = [new LogCounts(), createRecordingLog()];
  const log = createCountingLog(inner, counts, () => {});
  log.debug('message_handled', { type: 'ping', ms: 1 });
  log.warn('refused');
  log.error('count_failed', new Error('no'));
  for (let index = 0; index < 300; index += 1) log.info(`event-${index % 250}`);
  expect([inner.debugs.length, inner.infos.length, inner.warnings.length, inner.errors.length]).toEqual([1, 300, 1, 1]);
  expect(counts.messages.byType.size).toBe(1);
  expect([counts.infos.size, counts.infos.get('other')]).toEqual([201, 50]);
  expect([...counts.errors, ...counts.warnings]).toEqual([
    ['count_failed', 1],
    ['refused', 1],
  ]);
});

it('the most frequent labels are counted one by one, and all others together', () => {
  const counts = new Map([
    ['b', 2],
    ['c', 1],
    ['a', 2],
    ['other', 4],
    ['d', 7],
  ]);
  expect(mostFrequent(counts, 3)).toEqual([
    ['d', 7],
    ['other', 4],
    ['a', 2],
    ['other', 3],
  ]);
  expect(mostFrequent(new Map([['a', 1]]), 3)).toEqual([['a', 1]]);
});

it('a broadcast is counted checkpoint by checkpoint, and removed when all its segments have finished', async () => {
  const counts = new BroadcastCounts();
  const store = counts.counting(createMemoryBroadcasts({ clock: systemClock, historySeconds: 60 }));
  await store.save({
    broadcastId: 'b',
    messageId: 'm',
    startedAt: '',
    audience: { kind: 'everybody' },
    segments: 2,
    text: '{}',
  });
  const progress = { recipients: 3, delivered: 2, gone: 1, failed: 0, at: '', run: 'r' };
  await store.checkpoint('b', 0, { ...progress, pages: 1, finished: false });
  await store.checkpoint('b', 0, { ...progress, delivered: 5, pages: 2, finished: true });
  expect([counts.posts, counts.runningBroadcasts, counts.runningSegments]).toEqual([
    { delivered: 5, gone: 1, failed: 0 },
    1,
    1,
  ]);
  await store.checkpoint('b', 1, { ...progress, pages: 1, finished: true });
  expect([counts.posts.delivered, counts.runningBroadcasts, counts.runningSegments]).toEqual([7, 0, 0]);
});

it('failed pushes are counted by code, without errors of callers', () => {
  const counts = new LogCounts();
  const log = createCountingLog(createRecordingLog(), counts, () => {});
  for (const reason of ['client_not_found', 'client_not_found', 'client_gone', 'unavailable', 'payload_too_large']) {
    log.debug('push_failed', { reason });
  }
  log.debug('push_failed', { reason: 'constructor' });
  expect(Object.fromEntries(counts.failedPushes)).toEqual({ not_connected: 2, gone: 1, throttled: 0, failed: 1 });
});

it('stores are timed without changing what they do, and under load only some calls are timed', async () => {
  const times = new StoreTimes();
  const others = {
    ...{ broadcasts: {}, groups: {}, presence: {}, answers: {}, records: {} },
    ...{ calls: {}, clientTools: {}, replies: {} },
  };
  const stores = { clients: createTestClients(), history: createTestHistory(), ...others };
  const timed = times.timed(stores as unknown as HostDependencies);
  for (let index = 0; index < 100; index += 1) expect(await timed.clients.get('nobody')).toBeUndefined();
  expect(await timed.history.page('nobody', { limit: 1 })).toEqual({ rows: [] });
  times.stop();
  const counted = times.operations.get('clients.get')?.buckets.reduce((sum, count) => sum + count, 0);
  expect(counted).toBeGreaterThanOrEqual(20);
  expect(times.operations.get('clients.get')?.sum).toBeGreaterThan(0);
});

it('a histogram has cumulative buckets, as Prometheus expects', async () => {
  const { registry, histogram } = createRegistry();
  histogram('test_seconds', 'Help.', [0.1, 1], () => [{ labels: { type: 'ping' }, counts: [2, 1, 4], sum: 9.5 }]);
  expect((await registry.metrics()).trim().split('\n')).toEqual([
    '# HELP test_seconds Help.',
    '# TYPE test_seconds histogram',
    'test_seconds_bucket{type="ping",le="0.1"} 2',
    'test_seconds_bucket{type="ping",le="1"} 3',
    'test_seconds_bucket{type="ping",le="+Inf"} 7',
    'test_seconds_sum{type="ping"} 9.5',
    'test_seconds_count{type="ping"} 7',
  ]);
});
