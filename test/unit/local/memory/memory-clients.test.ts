/** What is specific to the store of clients in memory; `test/contract/client-store.ts` tests what all stores do. */
import { SEGMENTS } from '../../../../lambdas/broadcasts/broadcast';
import { type ClientStore, EVERYBODY } from '../../../../lambdas/ports/client-store';
import { isoTime } from '../../../../lambdas/ports/runtime';
import { createMemoryClients } from '../../../../local/memory/memory-clients';
import { createFakeClock } from '../../../support/fake-clock';

const HISTORY_SECONDS = 600;
const DAY = 86_400_000;

function prepare() {
  const clock = createFakeClock();
  const store = createMemoryClients({ clock, historySeconds: HISTORY_SECONDS });
  return { clock, store, connectionOf: (id: string) => connectionAt(id, clock.now()) };
}

function connectionAt(clientId: string, time: number) {
  return { clientId, connectionId: `on-${clientId}`, connectedAt: isoTime(time), labels: [] };
}

async function comeAndGo(
  store: ClientStore,
  ids: Iterable<string>,
  time: number,
  labels: string[] = [],
): Promise<void> {
  for (const id of ids) {
    const connection = { ...connectionAt(id, time), labels };
    await store.connect(connection);
    await store.receive(connection, connection.connectedAt, 'durable');
    await store.disconnect(id, connection.connectionId);
  }
}

function* ids(prefix: string, count: number): Generator<string> {
  for (let number = 0; number < count; number += 1) yield `${prefix}-${number}`;
}

/** The next position of a client that reconnects: 1 if the client was forgotten. */
async function nextSeq(store: ClientStore, clientId: string, time: number): Promise<number> {
  const connection = { ...connectionAt(clientId, time), connectionId: `again-${clientId}` };
  await store.connect(connection);
  const { position } = await store.receive(connection, connection.connectedAt, 'durable');
  return position.seq;
}

describe('the store of clients in memory', () => {
  it('remembers 100,000 clients that are offline, and forgets those that left first', async () => {
    const { clock, store } = prepare();
    await comeAndGo(store, ids('client', 101_000), clock.now());
    expect(await nextSeq(store, 'client-0', clock.now())).toBe(1);
    expect(await nextSeq(store, 'client-999', clock.now())).toBe(1);
    expect(await nextSeq(store, 'client-1000', clock.now())).toBe(2);
    expect(await nextSeq(store, 'client-100999', clock.now())).toBe(2);
  });

  it('forgets no client of one owner because another has too many', async () => {
    const { clock, store } = prepare();
    await comeAndGo(store, ids('quiet', 10), clock.now(), ['acme']);
    await comeAndGo(store, ids('plain', 10), clock.now());
    await comeAndGo(store, ids('loud', 101_980), clock.now(), ['bolt', 'bolt:7']);
    for (const client of ['quiet-0', 'plain-0']) expect(await nextSeq(store, client, clock.now())).toBe(2);
    expect(await nextSeq(store, 'loud-1999', clock.now())).toBe(1);
    expect(await nextSeq(store, 'loud-2000', clock.now())).toBe(2);
  });

  it('never forgets a client that is online, however many others leave', async () => {
    const { clock, store, connectionOf } = prepare();
    const stays = connectionOf('stays');
    await store.connect(stays);
    await store.receive(stays, stays.connectedAt, 'durable');
    await comeAndGo(store, ids('client', 102_000), clock.now());
    expect(await store.get('stays')).toMatchObject({ clientId: 'stays', messageCount: 1 });
    expect(await store.startPush('stays')).toMatchObject({ position: { seq: 2 } });
  });

  it('forgets a client a day after its history has ended, and not before', async () => {
    const { clock, store } = prepare();
    await comeAndGo(store, ['early', 'other'], clock.now());
    clock.advance(HISTORY_SECONDS * 1_000 + DAY - 1);
    await comeAndGo(store, ids('filler', 998), clock.now()); // every 1,000 that leave, the store checks whom to forget
    expect(await nextSeq(store, 'early', clock.now())).toBe(2);
    clock.advance(1);
    await comeAndGo(store, ids('more', 1_000), clock.now());
    expect(await nextSeq(store, 'other', clock.now())).toBe(1);
  });

  it('gives a forgotten client a later epoch', async () => {
    const { clock, store, connectionOf } = prepare();
    const connection = connectionOf('a');
    await store.connect(connection);
    const before = await store.receive(connection, connection.connectedAt, 'durable');
    await store.disconnect('a', connection.connectionId);
    clock.advance(HISTORY_SECONDS * 1_000 + DAY);
    await comeAndGo(store, ids('client', 1_000), clock.now());
    const again = { ...connectionOf('a'), connectionId: 'again' };
    await store.connect(again);
    const after = await store.receive(again, again.connectedAt, 'durable');
    expect(after.position.epoch > before.position.epoch).toBe(true);
  });

  it('distributes clients evenly over the segments of a broadcast, in runs of consecutively connected clients', async () => {
    const { store, connectionOf } = prepare();
    const all = [...ids('client', SEGMENTS * 100)];
    for (const id of all) await store.connect(connectionOf(id));
    const segments = Array.from({ length: SEGMENTS }, async (_, index) => {
      const { rows } = await store.list(EVERYBODY, { limit: 1_000 }, { index, total: SEGMENTS });
      return rows.map(({ clientId }) => clientId);
    });
    const found = await Promise.all(segments);
    expect(found.map(({ length }) => length)).toEqual(Array(SEGMENTS).fill(100));
    expect(found.flat().sort()).toEqual([...all].sort());
    const isNext = (id: string, index: number, rows: string[]) =>
      all.indexOf(id) === all.indexOf(rows[index - 1] ?? '') + 1;
    expect(found[1]?.filter(isNext)).toHaveLength(98); // two runs
  });

  it('lists each client once, even if one reconnects between two pages', async () => {
    const { store, connectionOf } = prepare();
    for (const id of ids('client', 40)) await store.connect(connectionOf(id));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list(EVERYBODY, { limit: 7, cursor });
      seen.push(...page.rows.map(({ clientId }) => clientId));
      cursor = page.cursor;
      if (seen.length === 7) await store.connect({ ...connectionOf('client-39'), connectionId: 'again' });
    } while (cursor !== undefined);
    expect(seen.sort()).toEqual([...ids('client', 40)].sort());
  });
});

it('reports each forgotten client once, so that nobody inherits its data', async () => {
  const clock = createFakeClock();
  const forgotten: string[] = [];
  const store = createMemoryClients({
    clock,
    historySeconds: HISTORY_SECONDS,
    onForgotten: (id) => forgotten.push(id),
  });
  await comeAndGo(store, ids('a', 2), clock.now());
  clock.advance(HISTORY_SECONDS * 1_000 + DAY);
  expect([await store.labelsOf('a-0'), await store.labelsOf('a-0'), await store.labelsOf('a-1')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(forgotten).toEqual(['a-0', 'a-1']);
});
