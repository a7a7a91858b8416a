/** The contract of broadcasts, on the store in memory. */
import { createMemoryBroadcasts } from '../../local/memory/memory-broadcasts';
import { broadcastOf, describeBroadcastStore, progressOf } from './broadcast-store';

describeBroadcastStore('in memory', async () => ({ store: createMemoryBroadcasts(), close: async () => {} }));

test('the store in memory lets the oldest go when there are too many', async () => {
  const store = createMemoryBroadcasts(2);
  for (const id of ['a', 'b', 'c']) await store.save(broadcastOf(id));
  expect(await store.get('a')).toBeUndefined();
  expect(await store.get('b')).toBeDefined();
  expect(await store.get('c')).toBeDefined();
});

test('the store in memory keeps a message until every segment has finished, and its progress longer', async () => {
  const store = createMemoryBroadcasts();
  const { text, ...rest } = broadcastOf('a', { segments: 2 });
  await store.save({ ...rest, text });
  const last = progressOf(1, { finished: true, cursor: undefined });
  await store.checkpoint('a', 1, last);
  expect((await store.get('a'))?.broadcast.text).toBe(text);
  await store.checkpoint('a', 0, last);
  expect(await store.get('a')).toEqual({ broadcast: rest, progress: [last, last] });
});
