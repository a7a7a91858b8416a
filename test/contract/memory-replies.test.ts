/** The contract of replies, on the store in memory. */
import { createMemoryReplies } from '../../local/memory/memory-replies';
import { createFakeClock } from '../support/fake-clock';
import { describeReplyStore } from './reply-store';

describeReplyStore('in memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryReplies({ clock }), clock, close: async () => {} };
});

test('the store in memory drops the oldest questions above its limit', async () => {
  const store = createMemoryReplies({ clock: createFakeClock(), limit: 2 });
  for (const messageId of ['a', 'b', 'c']) await store.begin({ clientId: 'x', messageId }, 'r');
  expect(await store.get({ clientId: 'x', messageId: 'a' })).toBeUndefined();
  expect(await store.get({ clientId: 'x', messageId: 'b' })).toMatchObject({ run: 1 });
});
