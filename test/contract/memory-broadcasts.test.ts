/** The contract of broadcasts, on the store in memory. */

import { broadcastPositionAt, newBroadcastPosition } from '../../lambdas/protocol/position';
import { createMemoryBroadcasts } from '../../local/memory/memory-broadcasts';
import { createFakeClock } from '../support/fake-clock';
import { broadcastOf, describeBroadcastStore, progressOf } from './broadcast-store';
import { HISTORY_SECONDS } from './under-test';

function create(limit?: number) {
  const clock = createFakeClock();
  return { store: createMemoryBroadcasts({ clock, historySeconds: HISTORY_SECONDS, limit }), clock };
}

describeBroadcastStore('in memory', async () => ({ ...create(), close: async () => {} }));

test('the store in memory lets the oldest go when there are too many', async () => {
  const { store } = create(2);
  for (const id of ['a', 'b', 'c']) await store.save(broadcastOf(id));
  expect(await store.get('a')).toBeUndefined();
  expect(await store.get('b')).toBeDefined();
  expect(await store.get('c')).toBeDefined();
});

test('the store in memory keeps a message until every segment has finished, and its progress longer', async () => {
  const { store } = create();
  const { text, ...rest } = broadcastOf('a', { segments: 2 });
  await store.save({ ...rest, text });
  const last = progressOf(1, { finished: true, cursor: undefined });
  await store.checkpoint('a', 1, last);
  expect((await store.get('a'))?.broadcast.text).toBe(text);
  await store.checkpoint('a', 0, last);
  expect(await store.get('a')).toEqual({ broadcast: rest, progress: [last, last] });
});

test('the log in memory lets the oldest go when there are too many', async () => {
  const { store, clock } = create(2);
  const before = broadcastPositionAt(clock.now());
  for (const text of ['1', '2', '3']) {
    clock.advance(1);
    await store.log({ position: newBroadcastPosition(clock.now()), text });
  }
  const { broadcasts } = await store.logged(before, 1_000);
  expect(broadcasts.map(({ text }) => text)).toEqual(['2', '3']);
});
