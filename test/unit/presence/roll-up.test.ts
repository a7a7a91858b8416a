import { newUuid } from '../../../lambdas/ports/runtime';
import type { Task } from '../../../lambdas/ports/tasks';
import { createAnnounce, type RollUpTask } from '../../../lambdas/presence/announce';
import { create } from '../../../lambdas/presence/roll-up';
import { createMemoryClients } from '../../../local/memory/memory-clients';
import { createMemoryGroups } from '../../../local/memory/memory-groups';
import { createMemoryPresence } from '../../../local/memory/memory-presence';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingConnections, createRecordingLog } from '../../support/fakes';

const GROUP = 'present:team';

/** A server without sockets. Tasks wait for `runTasks`; sleeping moves the clock. */
function prepare(answer?: (connectionId: string) => 'delivered' | 'gone' | Error) {
  const clock = createFakeClock();
  const clients = createMemoryClients({ clock, historySeconds: 60 });
  const groups = createMemoryGroups({ clock });
  const presence = createMemoryPresence({ clock });
  const connections = createRecordingConnections(answer);
  const log = createRecordingLog();
  const started: Task[] = [];
  const tasks = { start: async (task: Task) => void started.push(task) };
  const presenceGroups = ['present:*'];
  const announceWith = { groups, presence, presenceGroups, tasks, log };
  const announce = createAnnounce(announceWith);
  const rollUp = create({ ...announceWith, clients, connections, clock, newId: newUuid });

  async function connect(clientId: string, labels: string[] = []): Promise<void> {
    const connectedAt = new Date(clock.now() - 600_000).toISOString();
    await clients.connect({ clientId, connectionId: `on-${clientId}`, connectedAt, labels });
    await announce.client(clientId);
  }
  async function disconnect(clientId: string): Promise<void> {
    await clients.disconnect(clientId, `on-${clientId}`);
    await announce.client(clientId);
  }
  async function join(clientId: string): Promise<void> {
    await groups.join(clientId, [GROUP]);
    await announce.member(clientId, [GROUP], 'member');
  }
  async function watch(clientId: string, owner?: string): Promise<void> {
    await connect(clientId, owner === undefined ? [] : [owner]);
    await groups.join(clientId, [GROUP]);
    await presence.watch(GROUP, { clientId, connectionId: `on-${clientId}`, ...(owner !== undefined && { owner }) });
  }
  async function runTasks(): Promise<void> {
    for (const task of started.splice(0)) await rollUp(task as RollUpTask);
  }
  /** Returns what a client was told, and clears it. */
  function toldTo(clientId: string) {
    const { posts } = connections;
    const frames = posts.filter(({ connectionId }) => connectionId === `on-${clientId}`).map(({ frame }) => frame);
    connections.posts.splice(0, posts.length, ...posts.filter((one) => one.connectionId !== `on-${clientId}`));
    return frames.map((frame) => (frame as unknown as { data: object }).data);
  }
  return {
    ...{ clock, clients, groups, presence, connections, log, started, announce },
    ...{ connect, disconnect, join, watch, runTasks, toldTo },
  };
}

describe('changes of a watched group', () => {
  it('are sent two seconds after the first, in one frame with each client’s status at that time', async () => {
    const { watch, connect, join, disconnect, groups, announce, started, runTasks, toldTo, clock } = prepare();
    await watch('watcher');
    for (const clientId of ['a', 'b', 'c']) await connect(clientId);
    for (const clientId of ['a', 'b', 'c']) await join(clientId);
    await disconnect('b');
    await groups.leave('c', GROUP);
    await announce.member('c', [GROUP], 'left');
    expect(started).toEqual([{ task: 'presence', group: GROUP }]);
    await runTasks();
    expect(clock.slept).toEqual([2_000]);
    expect(toldTo('watcher')).toEqual([{ group: GROUP, online: ['a'], offline: ['b'], left: ['c'] }]);
  });

  it('start one task per interval, however many there are', async () => {
    const { watch, join, runTasks, started, toldTo, clock } = prepare();
    await watch('watcher');
    for (let minute = 0; minute < 30; minute += 1) {
      for (let number = 0; number < 33; number += 1) await join(`client-${minute}-${number}`);
      expect(started).toHaveLength(1);
      await runTasks();
    }
    expect(toldTo('watcher')).toHaveLength(30);
    expect(clock.slept).toEqual(Array(30).fill(2_000));
  });

  it('go only to watchers, not to other members', async () => {
    const { watch, connect, join, runTasks, connections } = prepare();
    await watch('watcher');
    await connect('member');
    await join('member');
    await runTasks();
    expect(connections.posts.map(({ connectionId }) => connectionId)).toEqual(['on-watcher']);
  });

  it('are sent in frames of 200 clients, below 32 KB', async () => {
    const { watch, join, runTasks, connections } = prepare();
    await watch('watcher');
    for (let number = 0; number < 450; number += 1) await join(`${number}`.padEnd(128, 'x'));
    await runTasks();
    const sizes = connections.posts.map(({ frame }) => JSON.stringify(frame).length);
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThan(32_768);
  });

  it('reach an owner’s watcher only for clients of that owner', async () => {
    const { watch, connect, join, runTasks, toldTo } = prepare();
    await watch('of-acme', 'acme');
    await watch('of-team');
    await connect('a', ['acme']);
    await connect('b', ['bolt']);
    for (const clientId of ['a', 'b', 'never-seen']) await join(clientId);
    await runTasks();
    expect(toldTo('of-acme')).toEqual([{ group: GROUP, online: ['a'], offline: [], left: [] }]);
    expect(toldTo('of-team')).toEqual([{ group: GROUP, online: ['a', 'b'], offline: ['never-seen'], left: [] }]);
  });

  it('end a watch if its connection is closed or replaced', async () => {
    const { watch, join, clients, clock, disconnect, presence, runTasks, connections } = prepare();
    await watch('closed');
    await watch('replaced');
    await disconnect('closed');
    const connectedAt = new Date(clock.now()).toISOString();
    await clients.connect({ clientId: 'replaced', connectionId: 'newer', connectedAt, labels: [] });
    await join('a');
    await runTasks();
    expect(connections.posts).toEqual([]);
    expect(await presence.watches(GROUP)).toEqual([]);
  });

  it('still go to a watcher that the platform called gone within its first minute', async () => {
    let answer: 'gone' | 'delivered' = 'gone';
    const { clients, clock, watch, join, presence, runTasks, toldTo } = prepare(() => answer);
    await watch('young');
    const connectedAt = new Date(clock.now()).toISOString();
    await clients.connect({ clientId: 'young', connectionId: 'on-new', connectedAt, labels: [] });
    await presence.watch(GROUP, { clientId: 'young', connectionId: 'on-new' });
    await join('a');
    await runTasks();
    expect(await presence.isWatched(GROUP)).toBe(true);
    answer = 'delivered';
    toldTo('new');
    await runTasks();
    expect(toldTo('new')).toEqual([{ group: GROUP, online: [], offline: ['a'], left: [] }]);
  });

  it('reveal a watcher that left without a $disconnect, and the others are notified', async () => {
    const { watch, join, runTasks, toldTo } = prepare((id) => (id === 'on-gone' ? 'gone' : 'delivered'));
    await watch('gone');
    await watch('watcher');
    await join('a');
    await runTasks();
    expect(toldTo('watcher')).toEqual([{ group: GROUP, online: [], offline: ['a'], left: [] }]);
    await runTasks();
    expect(toldTo('watcher')).toEqual([{ group: GROUP, online: [], offline: ['gone'], left: [] }]);
  });

  it('are sent again to a watcher that a post did not reach, with the current status, and to nobody else', async () => {
    let answer: Error | 'delivered' = new Error('throttled');
    const { watch, connect, join, runTasks, toldTo, presence, started } = prepare((id) =>
      id === 'on-slow' ? answer : 'delivered',
    );
    await watch('slow');
    await watch('watcher');
    await join('a');
    await runTasks();
    expect(toldTo('watcher')).toHaveLength(1);
    expect(await presence.watches(GROUP)).toHaveLength(2);
    answer = 'delivered';
    toldTo('slow');
    await connect('a');
    started.splice(1); // the task of that change
    await runTasks();
    expect(toldTo('slow')).toEqual([{ group: GROUP, online: ['a'], offline: [], left: [] }]);
    expect(toldTo('watcher')).toEqual([]);
    expect(started).toEqual([]);
  });

  it('are given up for a watcher after four failed posts', async () => {
    const { watch, join, runTasks, toldTo, started, clock, log } = prepare(() => new Error('throttled'));
    await watch('slow');
    await join('a');
    for (let run = 0; run < 4; run += 1) {
      expect(started).toHaveLength(1);
      await runTasks();
    }
    expect(started).toEqual([]);
    expect(toldTo('slow')).toHaveLength(4);
    expect(clock.slept).toEqual([2_000, 2_000, 10_000, 30_000]);
    expect(log.infos).toContain('presence_missed');
  });

  it('of more clients than fit in a frame are retried in tasks of at most 200', async () => {
    let answer: Error | 'delivered' = new Error('throttled');
    const { watch, join, runTasks, toldTo, started } = prepare(() => answer);
    await watch('slow');
    for (let number = 0; number < 450; number += 1) await join(`${number}`);
    await runTasks();
    expect(started.map((task) => (task as RollUpTask).missed?.changes.length)).toEqual([200, 200, 50]);
    answer = 'delivered';
    toldTo('slow');
    await runTasks();
    const told = toldTo('slow').flatMap((data) => (data as { offline: string[] }).offline);
    expect(new Set(told).size).toBe(450);
  });

  it('are sent by the retry if the process dies after reading them, with those noted meanwhile', async () => {
    const { watch, join, connections, runTasks, started, toldTo } = prepare();
    await watch('watcher');
    await join('a');
    const [task] = started;
    const { post } = connections;
    let reached: () => void = () => {};
    const atPost = new Promise<void>((resolve) => {
      reached = resolve;
    });
    connections.post = () => {
      reached();
      return new Promise(() => {}); // the process dies here: nothing after this runs
    };
    void runTasks();
    await atPost;
    connections.post = post;
    await join('b');
    started.splice(0);
    if (task) started.push(task); // Lambda retries the task
    await runTasks();
    expect(toldTo('watcher')).toEqual([{ group: GROUP, online: [], offline: ['a', 'b'], left: [] }]);
  });

  it('are sent by the retry if the store fails', async () => {
    const { watch, join, clients, runTasks, started, toldTo } = prepare();
    await watch('watcher');
    await join('a');
    const [task] = started;
    const { getMany } = clients;
    clients.getMany = () => Promise.reject(new Error('no store'));
    await expect(runTasks()).rejects.toThrow('no store');
    clients.getMany = getMany;
    if (task) started.push(task);
    await runTasks();
    expect(toldTo('watcher')).toEqual([{ group: GROUP, online: [], offline: ['a'], left: [] }]);
  });
});

describe('a group without watchers', () => {
  it('records no changes and starts no task', async () => {
    const { connect, join, disconnect, presence, started } = prepare();
    await connect('a');
    await join('a');
    await disconnect('a');
    expect(started).toEqual([]);
    expect((await presence.noted(GROUP)).changes.size).toBe(0);
  });

  it('costs no read if no group can be watched', async () => {
    const fail = () => Promise.reject(new Error('a call of the store'));
    const { groups, presence, log } = prepare();
    const refusing = { ...groups, groupsOf: fail };
    const tasks = { start: fail };
    const quiet = createAnnounce({
      ...{ groups: refusing, presence: { ...presence, isWatched: fail }, tasks, log },
      presenceGroups: [],
    });
    await quiet.client('a');
    await quiet.member('a', [GROUP], 'left');
    expect(log.errors).toEqual([]);
  });

  it('logs a failing store, and does not fail the connect or join', async () => {
    const { groups, announce, log } = prepare();
    const cause = new Error('no store');
    groups.groupsOf = () => Promise.reject(cause);
    await announce.client('a');
    expect(log.errors).toEqual([{ event: 'presence_failed', cause }]);
  });
});
