/** The contract of answers, on the store in memory. */
import { createMemoryAnswers } from '../../local/memory/memory-answers';
import { createFakeClock } from '../support/fake-clock';
import { describeAnswerStore, keyedCall } from './answer-store';

describeAnswerStore('in memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryAnswers({ clock }), clock, close: async () => {} };
});

async function keep(store: ReturnType<typeof createMemoryAnswers>, key: string, answer: string): Promise<void> {
  const call = keyedCall({ key });
  await store.claim(call);
  await store.keep(call, answer);
}

test('the store in memory lets the oldest answers go when there are too many', async () => {
  const store = createMemoryAnswers({ clock: createFakeClock(), limit: 2 });
  for (const key of ['a', 'b', 'c']) await keep(store, key, 'done');
  expect(await store.claim(keyedCall({ key: 'b', run: 'again' }))).toMatchObject({ answer: 'done' });
  expect(await store.claim(keyedCall({ key: 'c', run: 'again' }))).toMatchObject({ answer: 'done' });
  expect(await store.claim(keyedCall({ key: 'a', run: 'again' }))).toBeUndefined();
});

test('the store in memory lets the oldest answers go when they are too large together', async () => {
  const store = createMemoryAnswers({ clock: createFakeClock() });
  const large = 'x'.repeat(6 * 1_048_576);
  for (const key of ['a', 'b', 'c']) await keep(store, key, large);
  expect(await store.claim(keyedCall({ key: 'b', run: 'again' }))).toMatchObject({ answer: large });
  expect(await store.claim(keyedCall({ key: 'a', run: 'again' }))).toBeUndefined();
});
