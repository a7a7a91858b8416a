/** The contract of groups, on the store in memory. */
import { createMemoryGroups } from '../../local/memory/memory-groups';
import { createFakeClock } from '../support/fake-clock';
import { createRecordingLog } from '../support/fakes';
import { describeGroupStore } from './group-store';

describeGroupStore('in memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryGroups({ clock }), clock, close: async () => {} };
});

test('the store in memory refuses new memberships at its limit, logs it, and keeps the others', async () => {
  const log = createRecordingLog();
  const store = createMemoryGroups({ clock: createFakeClock(), log, limit: 2 });
  for (const clientId of ['a', 'b']) expect(await store.join(clientId, ['g'])).toEqual([]);
  for (const clientId of ['c', 'd']) expect(await store.join(clientId, ['g'])).toEqual(['g']);
  expect(await store.join('a', ['g'])).toEqual([]);
  expect((await store.members('g', { limit: 10 })).rows.map(({ clientId }) => clientId)).toEqual(['a', 'b']);
  expect(log.errors.map(({ event }) => event)).toEqual(['memberships_full']);
  await store.leave('a', 'g');
  expect(await store.join('c', ['g'])).toEqual([]);
});
