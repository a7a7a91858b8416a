/** The contract of answers, on the store in memory. */
import { AnswersFullError } from '../../lambdas/ports/answer-store';
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

describe('a full store in memory', () => {
  const DAY = 86_400_000;
  const answer = 'x'.repeat(10_000);

  async function prepare() {
    const clock = createFakeClock();
    const store = createMemoryAnswers({ clock, maxBytes: 20_000 });
    await keep(store, 'a', answer);
    clock.advance(60_000);
    await keep(store, 'b', answer);
    return { clock, store };
  }

  test('refuses new keys, says when the next one expires, and forgets none', async () => {
    const { store } = await prepare();
    const refused = store.claim(keyedCall({ key: 'c' }));
    await expect(refused).rejects.toThrow(AnswersFullError);
    await expect(refused).rejects.toMatchObject({ retryAfterSeconds: DAY / 1_000 - 60 });
    for (const key of ['a', 'b']) {
      expect(await store.claim(keyedCall({ key, run: 'again' }))).toMatchObject({ answer });
    }
  });

  test('refuses new keys of a partner above its share, and accepts those of others', async () => {
    const store = createMemoryAnswers({ clock: createFakeClock(), maxBytes: 40_000 });
    const ofPartner = (owner: string, key: string) => store.claim(keyedCall({ key, owner }));
    await ofPartner('acme', 'a');
    await store.keep(keyedCall({ key: 'a', owner: 'acme' }), answer);
    await expect(ofPartner('acme', 'b')).rejects.toMatchObject({ retryAfterSeconds: DAY / 1_000 });
    expect(await ofPartner('acme', 'a')).toMatchObject({ answer });
    expect(await ofPartner('bolt', 'c')).toBeUndefined();
    expect(await store.claim(keyedCall({ key: 'd' }))).toBeUndefined();
  });

  test('accepts keys of the partner again when one of its keys has expired', async () => {
    const clock = createFakeClock();
    const store = createMemoryAnswers({ clock, maxBytes: 40_000 });
    await store.claim(keyedCall({ owner: 'acme' }));
    await store.keep(keyedCall({ owner: 'acme' }), answer);
    clock.advance(DAY);
    expect(await store.claim(keyedCall({ key: 'later', owner: 'acme' }))).toBeUndefined();
  });

  test('accepts a new key when one has expired', async () => {
    const { clock, store } = await prepare();
    clock.advance(DAY - 60_000);
    expect(await store.claim(keyedCall({ key: 'c' }))).toBeUndefined();
    expect(await store.claim(keyedCall({ key: 'b', run: 'again' }))).toMatchObject({ answer });
  });

  test('accepts a new key when one is released', async () => {
    const { store } = await prepare();
    await expect(store.claim(keyedCall({ key: 'c' }))).rejects.toThrow(AnswersFullError);
    await store.release(keyedCall({ key: 'a' }));
    expect(await store.claim(keyedCall({ key: 'c' }))).toBeUndefined();
  });
});

test('the store in memory holds up to 128 MiB of answers', async () => {
  const store = createMemoryAnswers({ clock: createFakeClock() });
  const large = 'x'.repeat(25 * 1_048_576);
  for (const key of ['a', 'b', 'c', 'd']) await keep(store, key, large);
  expect(await store.claim(keyedCall({ key: 'a', run: 'again' }))).toMatchObject({ answer: large });
  await keep(store, 'e', large);
  await keep(store, 'f', large);
  await expect(store.claim(keyedCall({ key: 'g' }))).rejects.toThrow(AnswersFullError);
});
