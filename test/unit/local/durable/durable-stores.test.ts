/** What is on disk after a restart, and what happens to a folder that cannot be used. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryRecord } from '../../../../lambdas/ports/history-store';
import { isoTime } from '../../../../lambdas/ports/runtime';
import { broadcastPositionAt, newBroadcastPosition } from '../../../../lambdas/protocol/position';
import { broadcastOf, progressOf } from '../../../contract/broadcast-store';
import { newFolder, openStores, removeFolders } from '../../../support/data-folder';
import { createFakeClock, type FakeClock } from '../../../support/fake-clock';

type Stores = Awaited<ReturnType<typeof openStores>>;

let clock: FakeClock;
let path: string;
let stores: Stores;

beforeEach(async () => {
  clock = createFakeClock();
  path = newFolder();
  stores = await openStores(path, { clock });
});
afterEach(() => stores.close());
afterAll(removeFolders);

async function restart(options: Parameters<typeof openStores>[1] = {}): Promise<void> {
  await stores.close();
  stores = await openStores(path, { clock, ...options });
}

function connectionOf(clientId: string, connectionId = 'c-1') {
  return { clientId, connectionId, connectedAt: isoTime(clock.now()), labels: [] };
}

function recordOf(messageId: string, changes: Partial<HistoryRecord> = {}): HistoryRecord {
  const timestamp = isoTime(clock.now());
  return {
    direction: 'out',
    messageId,
    type: 'chat_message',
    data: { content: messageId },
    timestamp,
    size: 100,
    ...changes,
  };
}

test('a client’s leftovers are forgotten with the client, so a new owner of its id does not see them', async () => {
  await stores.clients.connect(connectionOf('a'));
  await stores.clients.disconnect('a', 'c-1');
  clock.advance(2 * 86_400_000); // longer than a client is remembered
  await stores.history.append([{ clientId: 'a', records: [recordOf('m-1')] }]);
  const rows = async () => (await stores.history.page('a', { limit: 10 })).rows;
  expect(await rows()).toHaveLength(1);
  await stores.clients.connect(connectionOf('a', 'c-2'));
  expect(await rows()).toEqual([]);
  await restart();
  expect(await rows()).toEqual([]);
});

describe('a restart', () => {
  test('keeps positions, acknowledgements and sender numbers, and has nobody online', async () => {
    const connection = connectionOf('a');
    await stores.clients.connect(connection);
    const sent = { sender: 'program', number: 1 };
    const { position } = await stores.clients.receive(connection, isoTime(clock.now()), 'durable', { sent, acked: 0 });
    await stores.clients.receive(connection, isoTime(clock.now()), 'transient', { acked: 1 });
    const takenAt = clock.now();
    await restart();
    expect(await stores.clients.count()).toBe(0);
    expect(await stores.clients.get('a')).toBeUndefined();
    const again = connectionOf('a', 'c-2');
    expect(await stores.clients.connect(again)).toEqual({ position });
    expect(await stores.clients.get('a')).toMatchObject({ ackedSeq: 1, messageCount: 0 });
    const repeat = await stores.clients.receive(again, isoTime(clock.now()), 'durable', { sent });
    expect(repeat).toMatchObject({ position, repeat: { position, takenAt } });
  });

  test('keeps memberships, each with its owner', async () => {
    const { groups } = stores;
    await groups.join('a', ['g'], 'acme inc 7');
    await groups.join('b', ['g']);
    await groups.join('c', ['g'], '');
    const before = await Promise.all(['a', 'b', 'c'].map((id) => groups.groupsOf(id)));
    expect(before).toMatchObject([[{ group: 'g', owner: 'acme inc 7' }], [{ group: 'g' }], [{ owner: '' }]]);
    await restart();
    expect(await Promise.all(['a', 'b', 'c'].map((id) => stores.groups.groupsOf(id)))).toStrictEqual(before);
  });

  test('keeps a client for the same time, whether it was online or away', async () => {
    const life = (3_600 + 86_400) * 1_000;
    await stores.clients.connect(connectionOf('online'));
    await stores.clients.connect(connectionOf('away'));
    await stores.clients.disconnect('away', 'c-1');
    clock.advance(life - 1_000);
    await restart();
    expect(await stores.clients.startPush('away', true)).toBeDefined();
    clock.advance(2_000);
    expect(await stores.clients.startPush('online', true)).toBeDefined();
    clock.advance(2 * life);
    await restart();
    expect(await stores.clients.startPush('online', true)).toBeUndefined();
    expect(await stores.clients.startPush('away', true)).toBeUndefined();
  });

  test('keeps exchanges, held pushes, refusals and void positions', async () => {
    const epoch = '1fy5dzpc00000';
    const items = [
      { clientId: 'a', position: { epoch, seq: 1 }, records: [recordOf('q', { direction: 'in' }), recordOf('r')] },
      { clientId: 'a', position: { epoch, seq: 2 }, records: [recordOf('held', { heldUntil: clock.now() + 60_000 })] },
      { clientId: 'a', position: { epoch, seq: 3 }, records: [recordOf('no', { type: 'error', hidden: true })] },
    ];
    for (const item of items.toReversed()) await stores.history.put(item);
    await stores.history.void('a', { epoch, seq: 4 });
    await stores.history.put({ clientId: 'a', position: { epoch, seq: 5 }, records: [recordOf('gone')] });
    await stores.history.remove('a', { epoch, seq: 5 });
    await restart();
    const all = [...items, { clientId: 'a', position: { epoch, seq: 4 }, records: [] }];
    expect(await stores.history.after('a', { epoch, seq: 0 }, 1_000)).toEqual({ items: all, hasMore: false });
    expect((await stores.history.page('a', { limit: 10 })).rows.map(({ messageId }) => messageId)).toEqual([
      'held',
      'r',
      'q',
    ]);
    expect(await stores.history.put({ clientId: 'a', position: { epoch, seq: 4 }, records: [recordOf('late')] })).toBe(
      false,
    );
  });

  test('keeps the copies of a broadcast, and stores their text once', async () => {
    const data = { content: 'x'.repeat(100_000) };
    const copies = Array.from({ length: 500 }, (_, index) => ({
      clientId: `client-${index}`,
      records: [recordOf('news', { data, size: 100_100 })],
    }));
    await stores.history.append(copies);
    await restart();
    const last = await stores.history.page('client-499', { limit: 10 });
    expect(last.rows).toEqual(copies[499]?.records);
    const bytes = readdirSync(join(path, 'store')).reduce(
      (sum, name) => sum + readFileSync(join(path, 'store', name)).length,
      0,
    );
    expect(bytes).toBeLessThan(1_000_000);
  });

  test('remembers what was removed before it, so that no gap is hidden', async () => {
    const epoch = '1fy5dzpc00000';
    const at = (seq: number) => ({ epoch, seq });
    await restart({ historyPerClient: 2 });
    for (const seq of [1, 2, 3])
      await stores.history.put({ clientId: 'a', position: at(seq), records: [recordOf(`${seq}`)] });
    await stores.history.put({ clientId: 'b', position: at(1), records: [recordOf('b')] });
    await restart();
    expect(await Promise.all([0, 1, 2].map((seq) => stores.history.reachesBackTo('a', at(seq))))).toEqual([
      false,
      true,
      true,
    ]);
    expect(await stores.history.reachesBackTo('b', at(0))).toBe(true);
    clock.advance(3_600_000);
    await restart();
    expect(await stores.history.reachesBackTo('a', at(2))).toBe(false);
    await restart();
    expect(await stores.history.reachesBackTo('b', at(0))).toBe(false);
  });

  test('applies the limits of the settings to stored data, even if they were lowered', async () => {
    const epoch = '1fy5dzpc00000';
    for (let seq = 1; seq <= 50; seq++) {
      await stores.history.put({ clientId: 'a', position: { epoch, seq }, records: [recordOf(`m-${seq}`)] });
    }
    await restart({ historyPerClient: 10 });
    expect((await stores.history.page('a', { limit: 100 })).rows).toHaveLength(10);
    await restart();
    expect((await stores.history.page('a', { limit: 100 })).rows.map(({ messageId }) => messageId)[9]).toBe('m-41');
  });

  test('does not mistake a call for an unfinished task', async () => {
    await stores.clients.connect(connectionOf('a'));
    const { position } = (await stores.clients.startPush('a')) ?? { position: { epoch: '', seq: 0 } };
    const call = { messageId: 'm-1', deadline: clock.now() + 60_000 };
    await stores.history.put({ clientId: 'a', position, records: [recordOf('m-1')], call });
    await stores.calls.end('a', position, { status: 'completed', by: 'run' });
    const id = await stores.tasks.add({ task: 'respond' });
    await restart();
    expect(stores.tasks.left).toEqual([{ id, task: { task: 'respond' }, tries: 1 }]);
    await restart();
    expect(await stores.calls.get('a', position)).toMatchObject({ call: { end: { status: 'completed' } } });
  });

  test('keeps broadcasts with their progress, the broadcast log, and answers of keyed calls', async () => {
    const before = broadcastPositionAt(clock.now());
    const logged = { position: newBroadcastPosition(clock.now()), text: '{"type":"news"}' };
    await stores.broadcasts.log(logged);
    await stores.broadcasts.save(broadcastOf('b'));
    await stores.broadcasts.checkpoint('b', 1, progressOf(1));
    const call = { key: 'k', fingerprint: 'f', run: 'one' };
    await stores.answers.claim(call);
    await stores.answers.keep(call, 'done');
    await restart();
    expect(await stores.broadcasts.logged(before, 1_000)).toEqual({ broadcasts: [logged], hasMore: false });
    const progress = [undefined, progressOf(1), undefined];
    expect(await stores.broadcasts.get('b')).toEqual({ broadcast: broadcastOf('b'), progress });
    expect(await stores.broadcasts.checkpoint('b', 1, progressOf(2))).toBe(true);
    expect(await stores.answers.claim({ ...call, run: 'two' })).toEqual({ fingerprint: 'f', answer: 'done' });
  });

  test('remembers which broadcasts were dropped', async () => {
    const before = broadcastPositionAt(clock.now());
    const positions: string[] = [];
    for (const audience of [{}, { group: 'a' }, { group: 'acme:eu', owner: 'acme' }]) {
      clock.advance(1);
      const position = newBroadcastPosition(clock.now());
      positions.push(position);
      await stores.broadcasts.log({ position, text: '{}', ...audience });
    }
    const [, toTeam = '', toPartner = ''] = positions;
    clock.advance(90_000_000);
    await stores.broadcasts.log({ position: newBroadcastPosition(clock.now()), text: '{}' });
    const ofPartner = [{ group: 'acme:eu', since: before }];
    await stores.broadcasts.logged(before, 1_000, [{ group: 'a', since: before }, ...ofPartner]);
    await restart();
    expect(await stores.broadcasts.logged(toTeam, 1_000, ofPartner)).toHaveProperty('hasGap', true);
    expect(await stores.broadcasts.logged(toPartner, 1_000, ofPartner)).not.toHaveProperty('hasGap');
    const after = broadcastPositionAt(clock.now() - 1);
    expect(await stores.broadcasts.logged(before, 1_000)).toHaveProperty('hasGap', true);
    expect(await stores.broadcasts.logged(after, 1_000)).not.toHaveProperty('hasGap');
    const ofGroup = [{ group: 'a', since: before }];
    expect(await stores.broadcasts.logged(after, 1_000, ofGroup)).not.toHaveProperty('hasGap');
    expect(await stores.broadcasts.logged(before, 1_000, ofGroup)).toHaveProperty('hasGap', true);
  });
});

describe('a folder', () => {
  const failure = (folder: string) =>
    openStores(folder).then(
      () => undefined,
      ({ name, message }) => ({ name, message }),
    );

  test('is refused while another process has it open, with advice', async () => {
    expect(await failure(path)).toEqual({
      name: 'DataFolderError',
      message: expect.stringMatching(
        /is in use by another process. Stop that process, or set DATA_DIR to another folder/,
      ),
    });
  });

  test('is refused unchanged if its format is newer', async () => {
    await stores.close();
    writeFileSync(join(path, 'format.json'), '{"format": 2}');
    expect(await failure(path)).toMatchObject({
      message: expect.stringContaining('has format 2 of a newer version; this one reads format 1'),
    });
    writeFileSync(join(path, 'format.json'), '{"format": 1}');
    stores = await openStores(path);
  });

  test('is refused if it contains other files', async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.txt'), '');
    expect(await failure(folder)).toMatchObject({ message: expect.stringContaining('has other files') });
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  test.each(['', 'data'])('is refused if a file is in its place, or above it: case %#', async (below) => {
    const file = newFolder();
    writeFileSync(file, '');
    expect(await failure(join(file, below))).toMatchObject({
      message: expect.stringContaining('is a file, or below a file'),
    });
  });

  describe('a damaged folder', () => {
    /** One record of each kind, in tables and in the log. */
    beforeEach(async () => {
      for (let round = 0; round < 2; round++) {
        for (let seq = 1; seq <= 50; seq++) {
          const position = { epoch: '1fy5dzpc00000', seq: 100 * round + seq };
          const content = Array.from({ length: 50 }, () => Math.random().toString(36)).join('');
          await stores.history.put({ clientId: 'a', position, records: [recordOf('m', { data: { content } })] });
        }
        if (round === 0) await restart();
      }
      await stores.close();
    });
    afterEach(async () => {
      stores = await openStores(newFolder());
    });

    const filesIn = (pattern: RegExp) => readdirSync(join(path, 'store')).filter((name) => pattern.test(name));

    /** Overwrites a part in the middle of a file. */
    function overwrite(name: string): void {
      const file = join(path, 'store', name);
      const bytes = readFileSync(file);
      const middle = Math.floor(bytes.length / 2);
      bytes.fill(0x5a, middle, Math.min(middle + 64, bytes.length));
      writeFileSync(file, bytes);
    }

    test.each([
      ['a table', /\.ldb$/],
      ['the log', /\.log$/],
      ['the list of files', /^MANIFEST/],
    ])('is refused with a message if the damage is in %s', async (_, pattern) => {
      const [name = ''] = filesIn(pattern);
      overwrite(name);
      expect(await failure(path)).toMatchObject({
        name: 'DataFolderError',
        message: expect.stringMatching(/is damaged \(.+\)\. Restore it/),
      });
    });

    test('is refused if a table is missing or the format is unreadable', async () => {
      const [name = ''] = filesIn(/\.ldb$/);
      const file = join(path, 'store', name);
      const bytes = readFileSync(file);
      writeFileSync(file, '');
      expect(await failure(path)).toMatchObject({ message: expect.stringContaining('is damaged') });
      writeFileSync(file, bytes);
      writeFileSync(join(path, 'format.json'), '{"for');
      expect(await failure(path)).toMatchObject({ message: expect.stringContaining('is damaged (no format') });
    });

    test('opens if only the end of its log is damaged, as after a crash, and loses only what was not acknowledged yet', async () => {
      const [name = ''] = filesIn(/\.log$/);
      const file = join(path, 'store', name);
      writeFileSync(file, readFileSync(file).subarray(0, -10));
      const opened = await openStores(path);
      const { items } = await opened.history.after('a', { epoch: '1fy5dzpc00000', seq: 140 }, 1_000_000);
      expect(items.at(-1)?.position.seq).toBe(149);
      await opened.close();
    });
  });
});
