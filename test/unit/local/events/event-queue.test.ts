/** The queue of events: failures, restarts, replays, and what a full queue drops. */
import type { EventFacts } from '../../../../lambdas/events/event-facts';
import { openDataFolder } from '../../../../local/durable/data-folder';
import { openDurableEvents } from '../../../../local/durable/durable-events';
import { Journal } from '../../../../local/durable/journal';
import { EventQueue, type EventQueueOptions } from '../../../../local/events/event-queue';
import type { Attempt } from '../../../../local/events/post-event';
import { IN_MEMORY } from '../../../../local/events/queued-event';
import type { Receiver } from '../../../../local/events/receivers';
import { newFolder, removeFolders } from '../../../support/data-folder';
import { createFakeClock } from '../../../support/fake-clock';
import { createRecordingLog } from '../../../support/fakes';

afterAll(removeFolders);

const MINUTE = 60_000;
const DAY = 86_400_000;

const RECEIVER: Receiver = {
  name: 'ours',
  url: 'http://localhost',
  secrets: [],
  types: new Set(['client.connected']),
  labels: undefined,
  concurrency: 8,
  timeout: 1_000,
};

const factsOf = (clientId: string): EventFacts => ({
  type: 'client.connected',
  client: { clientId },
  connectionId: 'c',
  connectedAt: '2026-11-28T12:00:00.000Z',
  at: '2026-11-28T12:00:00.000Z',
});

/** Lets the queue write, and send what it has stored. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
}

function prepare(options: Partial<EventQueueOptions> = {}) {
  const clock = createFakeClock();
  const log = createRecordingLog();
  const sent: string[] = [];
  const given = { answer: { isDelivered: false, reason: 'status 500' } as Attempt };
  const queue = new EventQueue({
    receivers: [RECEIVER],
    records: IN_MEMORY,
    totalBytes: 1_000_000,
    async attempt({ facts }) {
      if (facts.type !== 'broadcast.completed') sent.push(facts.client.clientId);
      return given.answer;
    },
    delivered() {},
    attemptFailed() {},
    clock,
    log,
    ...options,
  });
  const failed = () => [...queue.events()].filter((event) => event.failed?.has('ours'));
  return { clock, log, sent, given, queue, failed };
}

async function openRecords(path: string) {
  const folder = await openDataFolder(path);
  const journal = new Journal({ folder, log: createRecordingLog() });
  const records = await openDurableEvents(folder, journal);
  return { records, close: () => journal.close().then(() => folder.close()) };
}

test('a failed event survives a restart, is listed with its reason, and arrives once when it is replayed', async () => {
  const path = newFolder();
  const first = await openRecords(path);
  const before = prepare({ records: first.records, retryFor: 0 });
  before.queue.add(factsOf('a'));
  await first.records.stored();
  await settle();
  expect(before.sent).toEqual(['a']);
  expect(before.log.errors.map(({ event }) => event)).toEqual(['event_failed']);
  before.queue.stop();
  await first.close();

  const second = await openRecords(path);
  const after = prepare({ records: second.records });
  after.queue.resume();
  await settle();
  expect(after.sent).toEqual([]);
  const [event] = after.failed();
  expect(event?.failed?.get('ours')).toMatchObject({ reason: 'status 500' });
  after.given.answer = { isDelivered: true };
  expect(event && after.queue.replay(event, 'ours')).toBe(true);
  expect(event && after.queue.replay(event, 'ours')).toBe(false);
  await settle();
  expect(after.sent).toEqual(['a']);
  expect(after.queue.size).toBe(0);
  after.queue.stop();
  await second.close();

  const third = await openRecords(path);
  expect(third.records.left).toEqual([]);
  await third.close();
});

test('a replay interrupted by a restart is sent by the next process', async () => {
  const path = newFolder();
  const first = await openRecords(path);
  const before = prepare({ records: first.records, retryFor: 0 });
  before.queue.add(factsOf('a'));
  await first.records.stored();
  await settle();
  const [event] = before.failed();
  before.queue.stop();
  if (event) before.queue.replay(event, 'ours');
  await first.close();

  const second = await openRecords(path);
  const after = prepare({ records: second.records });
  after.given.answer = { isDelivered: true };
  after.queue.resume();
  await settle();
  expect(after.sent).toEqual(['a']);
  after.queue.stop();
  await second.close();
});

test('a full queue drops the oldest: failed events first, then waiting ones, and counts them', async () => {
  const { log, given, queue, failed } = prepare({ maxEvents: 2, retryFor: 0 });
  queue.add(factsOf('failed'));
  await settle();
  expect(failed()).toHaveLength(1);
  given.answer = { isDelivered: false, reason: 'status 500', retryAfterMs: MINUTE };
  const subjects = () => [...queue.events()].map(({ facts }) => 'client' in facts && facts.client.clientId);
  queue.add(factsOf('a'));
  queue.add(factsOf('b'));
  expect([subjects(), queue.dropped]).toEqual([['a', 'b'], 1]);
  queue.add(factsOf('c'));
  expect([subjects(), queue.dropped]).toEqual([['b', 'c'], 2]);
  expect(log.errors.filter(({ event }) => event === 'events_dropped')).toHaveLength(1);
  queue.stop();
});

test('a failed event can be replayed for a week after it failed, however long it was retried', async () => {
  const { clock, queue, failed } = prepare();
  queue.add(factsOf('a'));
  await settle();
  clock.advance(2 * DAY);
  await settle();
  expect(failed()).toHaveLength(1);
  clock.advance(7 * DAY);
  expect(failed()).toHaveLength(1);
  clock.advance(1);
  expect(failed()).toEqual([]);
  expect(queue.size).toBe(0);
  queue.stop();
});
