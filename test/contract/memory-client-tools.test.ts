/** The contract of clients' tools, on the store in memory. */
import { createMemoryClientTools } from '../../local/memory/memory-client-tools';
import { createFakeClock } from '../support/fake-clock';
import { describeClientToolStore } from './client-tool-store';

describeClientToolStore('in memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryClientTools({ clock }), clock, close: async () => {} };
});

test('the store in memory drops the oldest tools above its limit', async () => {
  const store = createMemoryClientTools({ clock: createFakeClock(), limit: 50 });
  for (const clientId of ['a', 'b', 'c']) await store.set(clientId, [{ name: 'open_page' }]);
  expect(await store.get('a')).toBeUndefined();
  expect(await store.get('b')).toBeDefined();
  expect(await store.get('c')).toBeDefined();
});
