/** The contract of broadcasts, on the store in memory. */
import { createMemoryBroadcasts } from '../../lambdas/broadcasts/memory-broadcasts';
import { broadcastOf, describeBroadcastStore } from './broadcast-store';

describeBroadcastStore('in memory', async () => ({ store: createMemoryBroadcasts(), close: async () => {} }));

test('the store in memory lets the oldest go when there are too many', async () => {
  const store = createMemoryBroadcasts(2);
  for (const id of ['a', 'b', 'c']) await store.save(broadcastOf(id));
  expect(await store.get('a')).toBeUndefined();
  expect(await store.get('b')).toBeDefined();
  expect(await store.get('c')).toBeDefined();
});
