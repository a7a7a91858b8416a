/** The contract of groups, on the store in memory. */
import { createMemoryGroups } from '../../local/memory/memory-groups';
import { createFakeClock } from '../support/fake-clock';
import { describeGroupStore } from './group-store';

describeGroupStore('in memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryGroups({ clock }), clock, close: async () => {} };
});

test('the store in memory lets the oldest memberships go when there are too many', async () => {
  const store = createMemoryGroups({ clock: createFakeClock(), limit: 2 });
  for (const clientId of ['a', 'b', 'c']) await store.join(clientId, ['g']);
  expect((await store.members('g', { limit: 10 })).rows.map(({ clientId }) => clientId)).toEqual(['b', 'c']);
  expect(await store.groupsOf('a')).toEqual([]);
});
