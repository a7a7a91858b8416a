/** Events on disk: what shares a record, and what a restart finds. */
import type { EventFacts } from '../../../../lambdas/events/event-facts';
import { type Change, openDataFolder } from '../../../../local/durable/data-folder';
import { openDurableEvents } from '../../../../local/durable/durable-events';
import { Journal } from '../../../../local/durable/journal';
import type { QueuedEvent } from '../../../../local/events/queued-event';
import { newFolder, removeFolders } from '../../../support/data-folder';
import { createRecordingLog } from '../../../support/fakes';

afterAll(removeFolders);

const RECEIVERS = ['one', 'two'];

const connected: EventFacts = {
  type: 'client.connected',
  client: { clientId: 'a' },
  connectionId: 'c',
  connectedAt: '2026-11-28T12:00:00.000Z',
  at: '2026-11-28T12:00:00.000Z',
};

const position = { epoch: 'e', seq: 7 };
const message = { messageId: 'm', type: 'chat_message', timestamp: '2026-11-28T12:00:00.000Z', size: 96 };
const received: EventFacts = { type: 'message.received', client: { clientId: 'a' }, position, message };
const answered: EventFacts = {
  type: 'message.delivered',
  client: { clientId: 'a', labels: ['acme'], groups: ['g'] },
  position,
  message: { ...message, replyTo: 'm' },
};

/** Events with numbers from 1, all for the same receivers. */
function eventsOf(facts: readonly EventFacts[], waiting = RECEIVERS): QueuedEvent[] {
  return facts.map((one, index) => ({
    number: index + 1,
    facts: one,
    bytes: 1,
    since: 1_000,
    waiting,
    failed: undefined,
    isDropped: false,
    batch: undefined,
  }));
}

async function open(path: string) {
  const folder = await openDataFolder(path);
  const commits: (readonly Change[])[] = [];
  const commit = (changes: readonly Change[]) => {
    commits.push(changes);
    return folder.commit(changes);
  };
  const journal = new Journal({ folder: { ...folder, commit }, log: createRecordingLog() });
  const records = await openDurableEvents(folder, journal);
  return { records, commits, close: () => journal.close().then(() => folder.close()) };
}

test('events that are added before a commit share one record, and a restart finds their facts and receivers', async () => {
  const path = newFolder();
  const { records, commits, close } = await open(path);
  const all: EventFacts[] = [connected, received, answered, { ...received, data: '{"id":1e400}' }];
  for (const event of eventsOf(all)) records.added(event);
  await records.stored();
  expect(commits.map(({ length }) => length)).toEqual([1]);
  await close();

  const after = await open(path);
  expect(after.records.left).toMatchObject(
    all.map((facts, index) => ({ number: index + 1, facts, since: 1_000, waiting: RECEIVERS })),
  );
  await after.close();
});

test('each event keeps its own receivers', async () => {
  const path = newFolder();
  const { records, close } = await open(path);
  const [first, second] = eventsOf([connected, received]);
  for (const event of [first, { ...second, waiting: ['two'] }]) records.added(event as QueuedEvent);
  await close();

  const after = await open(path);
  expect(after.records.left.map(({ waiting }) => waiting)).toEqual([RECEIVERS, ['two']]);
  await after.close();
});

test('of a record with several events a restart finds those that are left; the last one takes the record with it', async () => {
  const path = newFolder();
  const before = await open(path);
  const events = eventsOf([connected, received, answered]) as [QueuedEvent, QueuedEvent, QueuedEvent];
  for (const event of events) before.records.added(event);
  await before.records.stored();
  before.records.removed(events[0]);
  before.records.delivered(events[1], 'one');
  before.records.failed(events[2], 'one', { at: 'then', reason: 'status 500' });
  await before.close();

  const after = await open(path);
  const { left } = after.records;
  expect(left.map(({ number, waiting, failed }) => [number, waiting, [...(failed ?? [])]])).toEqual([
    [2, ['two'], []],
    [3, ['two'], [['one', { at: 'then', reason: 'status 500' }]]],
  ]);
  for (const event of left) after.records.removed({ ...event, bytes: 1, isDropped: false });
  await after.records.stored();
  await after.close();

  const folder = await openDataFolder(path);
  const keys: string[] = [];
  for await (const page of folder.snapshot()) keys.push(...page.map(([key]) => key));
  expect(keys.filter((key) => !key.startsWith('~'))).toEqual([]);
  await folder.close();
});

test('the same event is never in two records when a commit comes between', async () => {
  const path = newFolder();
  const { records, close } = await open(path);
  const [first, second] = eventsOf([connected, received]) as [QueuedEvent, QueuedEvent];
  records.added(first);
  await records.stored();
  records.added(second);
  await close();
  expect(second.batch).not.toBe(first.batch);

  const after = await open(path);
  expect(after.records.left.map(({ number }) => number)).toEqual([1, 2]);
  await after.close();
});
