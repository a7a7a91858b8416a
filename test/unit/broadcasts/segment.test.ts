import { summaryOf } from '../../../lambdas/broadcasts/broadcast-summary';
import { type BroadcastSegmentTask, create } from '../../../lambdas/broadcasts/segment';
import { type Audience, EVERYBODY } from '../../../lambdas/ports/client-store';
import { systemClock as clock, newUuid } from '../../../lambdas/ports/runtime';
import { encode, frameOf } from '../../../lambdas/protocol/codec';
import {
  connectClients,
  createRecordingConnections,
  createRecordingLog,
  createRecordingTasks,
  createTestBroadcasts,
  createTestClients,
  createTestGroups,
  createTestHistory,
  type RecordingConnections,
} from '../../support/fakes';

const SEGMENTS = 2;
const left = (milliseconds: number) => ({ getRemainingTimeInMillis: () => milliseconds });
const FOREVER = left(Number.POSITIVE_INFINITY);
const NO_TIME = left(0);

/** The recipients of the broadcasts in these tests. */
let audience: Audience = EVERYBODY;

/** 3,000 clients in two segments of three pages each. All are in the group `g`. */
async function prepare(connections: RecordingConnections = createRecordingConnections(), count = 3_000) {
  const clientIds = Array.from({ length: count }, () => newUuid());
  const clients = createTestClients();
  const history = createTestHistory();
  await connectClients(clients, clientIds);
  const groups = createTestGroups();
  for (const clientId of clientIds) await groups.join(clientId, ['g']);
  const broadcasts = createTestBroadcasts();
  const frame = frameOf({ type: 'news', data: { n: 1 } }, newUuid(), new Date().toISOString());
  const startedAt = new Date().toISOString();
  const messageId = frame.message_id;
  await broadcasts.save({
    broadcastId: 'b',
    messageId,
    startedAt,
    audience,
    segments: SEGMENTS,
    text: encode(frame),
  });
  const tasks = createRecordingTasks();
  const log = createRecordingLog();
  const run = create({ clients, groups, history, connections, broadcasts, tasks, clock, newId: newUuid, log });

  /** Number of posts to each connection. */
  function posts(): Map<string, number> {
    const times = new Map<string, number>();
    for (const { connectionId } of connections.posts) times.set(connectionId, (times.get(connectionId) ?? 0) + 1);
    return times;
  }
  async function counted() {
    const state = await broadcasts.get('b');
    if (!state) throw new Error('the broadcast is gone');
    return summaryOf(state, clock.now());
  }
  return { run, clientIds, clients, groups, history, broadcasts, connections, tasks, log, frame, posts, counted };
}

function taskOf(segment: number): BroadcastSegmentTask {
  return { task: 'broadcast_segment', broadcastId: 'b', segment };
}

describe.each([EVERYBODY, { kind: 'group', group: 'g' } as const])('the broadcast segment task to %j', (whom) => {
  beforeEach(() => {
    audience = whom;
  });

  it('sends the message to its share page by page; together the segments reach everybody once', async () => {
    const { run, clientIds, history, broadcasts, connections, frame, posts, counted } = await prepare();
    await run(taskOf(0), FOREVER);
    expect(posts().size).toBe(1_500);
    expect((await broadcasts.get('b'))?.progress).toMatchObject([{ pages: 3, finished: true }, undefined]);
    await run(taskOf(1), FOREVER);
    expect(posts()).toEqual(new Map(clientIds.map((id) => [`on-${id}`, 1])));
    expect(connections.posts[0]?.frame).toEqual(frame);
    expect(await counted()).toMatchObject({ recipients: 3_000, delivered: 3_000, gone: 0, failed: 0 });
    expect((await counted()).finishedAt).toBeDefined();
    const { rows } = await history.page(clientIds[7] as string, { limit: 10 });
    expect(rows).toMatchObject([{ direction: 'out', messageId: frame.message_id, type: 'news', data: { n: 1 } }]);
  });

  it('has nothing to do if its share is empty', async () => {
    const { run, counted } = await prepare(undefined, 0);
    await Promise.all([run(taskOf(0), FOREVER), run(taskOf(1), FOREVER)]);
    expect(await counted()).toMatchObject({ recipients: 0, finishedAt: expect.any(String) });
  });

  it('hands over after a page when its time runs out, and the next run continues there', async () => {
    const { run, clientIds, tasks, posts, counted } = await prepare();
    let runs = 0;
    tasks.started.push(taskOf(0), taskOf(1));
    for (let task = tasks.started.shift(); task; task = tasks.started.shift()) {
      await run(task as BroadcastSegmentTask, NO_TIME);
      runs += 1;
    }
    expect(runs).toBe(6);
    expect(posts()).toEqual(new Map(clientIds.map((id) => [`on-${id}`, 1])));
    expect(await counted()).toMatchObject({ delivered: 3_000, finishedAt: expect.any(String) });
  });

  it.each([
    ['no successor with a minute left', 60_000, 0],
    ['a successor with less than a minute left', 59_999, 1],
  ])('starts %s', async (_, milliseconds, successors) => {
    const { run, tasks } = await prepare();
    await run(taskOf(0), left(milliseconds));
    expect(tasks.started).toEqual(Array(successors).fill(taskOf(0)));
  });

  it('sends a page again if it crashed in that page, and counts it once', async () => {
    const { run, clientIds, clients, groups, posts, counted } = await prepare();
    const { list } = clients;
    const { members } = groups;
    let pages = 0;
    clients.list = (...args) => (++pages === 3 ? Promise.reject(new Error('crash')) : list(...args));
    groups.members = (...args) => (++pages === 3 ? Promise.reject(new Error('crash')) : members(...args));
    await expect(run(taskOf(0), FOREVER)).rejects.toThrow('crash');
    expect(await counted()).toMatchObject({ recipients: 1_000 });
    await Promise.all([run(taskOf(0), FOREVER), run(taskOf(1), FOREVER)]);
    expect(posts().size).toBe(clientIds.length);
    expect(await counted()).toMatchObject({ recipients: 3_000, delivered: 3_000 });
  });

  it('sends a page again if it crashed before the checkpoint, and counts it once', async () => {
    const { run, broadcasts, posts, counted } = await prepare();
    const { checkpoint } = broadcasts;
    let writes = 0;
    broadcasts.checkpoint = (...args) => (++writes === 2 ? Promise.reject(new Error('crash')) : checkpoint(...args));
    await expect(run(taskOf(0), FOREVER)).rejects.toThrow('crash');
    await run(taskOf(0), FOREVER);
    expect([...posts().values()].filter((times) => times === 2)).toHaveLength(500);
    expect(await counted()).toMatchObject({ recipients: 1_500, delivered: 1_500 });
  });

  it('stops quietly if another run of the same segment won, and counts nobody twice', async () => {
    const { run, posts, counted, log } = await prepare();
    await Promise.all([run(taskOf(0), FOREVER), run(taskOf(0), FOREVER), run(taskOf(1), FOREVER)]);
    expect(posts().size).toBe(3_000);
    expect(await counted()).toMatchObject({ recipients: 3_000, delivered: 3_000, finishedAt: expect.any(String) });
    expect(log.infos.filter((event) => event === 'broadcast_overtaken')).toHaveLength(1);
    expect(log.errors).toEqual([]);
  });

  it.each([
    ['has finished', taskOf(0), []],
    ['belongs to an unknown broadcast', { ...taskOf(0), broadcastId: 'unknown' }, ['broadcast_unknown']],
  ])('does nothing if it %s', async (_, task, errors) => {
    const { run, connections, log } = await prepare();
    await run(taskOf(0), FOREVER);
    connections.posts.length = 0;
    await run(task, FOREVER);
    expect(connections.posts).toEqual([]);
    expect(log.errors.map(({ event }) => event)).toEqual(errors);
  });

  it('marks only clients that are gone as offline, and not one that has reconnected', async () => {
    const gone = new Set<string>();
    const { run, clientIds, clients, counted } = await prepare(
      createRecordingConnections((id) => (gone.has(id) ? 'gone' : 'delivered')),
      100,
    );
    for (const id of clientIds.slice(0, 20)) gone.add(`on-${id}`);
    const back = clientIds[0] as string;
    const { markGone } = clients;
    clients.markGone = async (clientId, connectionId) => {
      const newer = { clientId: back, connectionId: 'new', connectedAt: new Date().toISOString(), labels: [] };
      if (clientId === back) await clients.connect(newer);
      return markGone(clientId, connectionId);
    };
    await Promise.all([run(taskOf(0), FOREVER), run(taskOf(1), FOREVER)]);
    expect(await counted()).toMatchObject({ recipients: 100, delivered: 80, gone: 20 });
    expect(await clients.count()).toBe(81);
    expect(await clients.get(back)).toMatchObject({ connectionId: 'new' });
  });

  it('continues if the history can’t be written', async () => {
    const { run, history, counted, log } = await prepare(undefined, 1_200);
    history.append = () => Promise.reject(new Error('no batch'));
    await Promise.all([run(taskOf(0), FOREVER), run(taskOf(1), FOREVER)]);
    expect(await counted()).toMatchObject({ delivered: 1_200 });
    expect(log.errors).toEqual(Array(4).fill({ event: 'history_failed', cause: new Error('no batch') }));
  });

  it('posts a page in one call if the host can, and takes clients offline whose connections are gone', async () => {
    const gone = new Set<string>();
    const connections = createRecordingConnections((id) => (gone.has(id) ? 'gone' : 'delivered'));
    const pages: (readonly [number, string])[] = [];
    connections.postToAll = async (ids, _text, mode) => {
      pages.push([[...ids].length, mode]);
      return new Set([...ids].filter((id) => gone.has(id)));
    };
    const { run, clientIds, clients, history, counted } = await prepare(connections, 1_200);
    for (const id of clientIds.slice(0, 20)) gone.add(`on-${id}`);
    await Promise.all([run(taskOf(0), FOREVER), run(taskOf(1), FOREVER)]);
    expect(await counted()).toMatchObject({ recipients: 1_200, delivered: 1_180, gone: 20 });
    expect(await clients.count()).toBe(1_180);
    expect(pages.reduce((sum, [size]) => sum + size, 0)).toBe(1_200);
    expect(new Set(pages.map(([, mode]) => mode))).toEqual(new Set(['at_least_once']));
    expect(new Set(connections.posts.map(({ connectionId }) => connectionId))).toEqual(gone); // these alone are tried again
    const stored = await Promise.all([19, 20].map((at) => history.page(clientIds[at] as string, { limit: 2 })));
    expect(stored.map(({ rows }) => rows.length)).toEqual([0, 1]);
  });

  it('posts at least once', async () => {
    const { run, connections } = await prepare(undefined, 2);
    const modes: unknown[] = [];
    connections.post = async (...args) => {
      modes.push(args[2]);
      return 'delivered' as const;
    };
    await run(taskOf(0), FOREVER);
    expect(new Set(modes)).toEqual(new Set(['at_least_once']));
  });
});
