/** The contract of clients' tools, on the store in memory. */
import { createMemoryClientTools } from '../../local/memory/memory-client-tools';
import { createFakeClock } from '../support/fake-clock';
import { describeClientToolStore } from './client-tool-store';

describeClientToolStore('in memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryClientTools({ clock }), clock, close: async () => {} };
});

describe('the store in memory, above its limit', () => {
  test('drops the oldest tools', async () => {
    const store = createMemoryClientTools({ clock: createFakeClock(), limit: 50 });
    for (const clientId of ['a', 'b', 'c']) await store.set(clientId, [{ name: 'open_page' }]);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('b')).toBeDefined();
    expect(await store.get('c')).toBeDefined();
  });

  test('drops the largest tools first, and keeps the small ones of others', async () => {
    const store = createMemoryClientTools({ clock: createFakeClock(), limit: 1_000 });
    await store.set('small', [{ name: 'open_page' }]);
    const large = [{ name: 'open_page', description: 'x'.repeat(400) }];
    for (const clientId of ['a', 'b', 'c']) await store.set(clientId, large);
    expect(await store.get('a')).toBeUndefined();
    for (const clientId of ['small', 'b', 'c']) expect(await store.get(clientId)).toBeDefined();
  });
});
