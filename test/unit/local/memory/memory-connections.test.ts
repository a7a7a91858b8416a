import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connections } from '../../../../lambdas/ports/connections';
import { createMemoryConnections } from '../../../../local/memory/memory-connections';

/** A gateway with a connection for each even number; it counts posts. */
function createCounter() {
  const counter = { posts: 0 };
  const gateway = {
    post(connectionId: string) {
      counter.posts += 1;
      return Number(connectionId) % 2 === 0;
    },
    disconnect: (connectionId: string) => Number(connectionId) % 2 === 0,
    isOpen: (connectionId: string) => Number(connectionId) % 2 === 0,
    onClose: () => () => {},
  };
  return { counter, connections: createMemoryConnections(() => gateway) };
}

it('reports whether a client was connected', async () => {
  const { connections } = createCounter();
  expect(await connections.post('2', 'x')).toBe('delivered');
  expect(await connections.post('3', 'x')).toBe('gone');
  expect(await connections.close('2')).toBe('closed');
  expect(await connections.close('3')).toBe('gone');
  expect([await connections.isOpen('2'), await connections.isOpen('3')]).toEqual([true, false]);
});

const IDS = Array.from({ length: 1_700 }, (_, id) => String(id));

it.each([
  [
    'posted one by one',
    async ({ post }: Connections) => {
      const outcomes = await Promise.all(IDS.map((id) => post(id, 'x', 'at_least_once')));
      return IDS.filter((_, index) => outcomes[index] === 'gone');
    },
  ],
  [
    'posted in one call',
    async ({ postToAll }: Connections) => [...((await postToAll?.(IDS, 'x', 'at_least_once')) ?? [])],
  ],
])('yields to the event loop every 500 posts of a broadcast, and loses none, %s', async (_, postEach) => {
  const { counter, connections } = createCounter();
  const gone = postEach(connections);
  const seen: number[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    await nextTurn();
    seen.push(counter.posts);
  }
  const steps = seen.map((posts, index) => posts - (seen[index - 1] ?? 0));
  expect(Math.max(...steps.slice(1))).toBe(500);
  expect(await gone).toEqual(IDS.filter((id) => Number(id) % 2 === 1));
  expect(counter.posts).toBe(1_700);
});

it('does not delay a push with a waiting caller', async () => {
  const { counter, connections } = createCounter();
  void Promise.all(Array.from({ length: 1_700 }, (_, id) => connections.post(String(id), 'x', 'at_least_once')));
  const pushes = Array.from({ length: 600 }, (_, id) => connections.post(String(id), 'x', 'at_most_once'));
  await Promise.all(pushes);
  expect(counter.posts).toBe(500 + 600);
});

it.each(['at_least_once', 'at_most_once'] as const)('allows only a few large posts in a turn, %s', async (mode) => {
  const { counter, connections } = createCounter();
  const large = 'x'.repeat(100_000);
  const all = Promise.all(Array.from({ length: 40 }, (_, id) => connections.post(String(id), large, mode)));
  await nextTurn();
  expect(counter.posts).toBeLessThan(30);
  await all;
  expect(counter.posts).toBe(40);
});
