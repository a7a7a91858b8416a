/** What every AnswerStore must do: one suite for all implementations. */
import type { AnswerStore, KeyedCall } from '../../lambdas/ports/answer-store';
import type { FakeClock } from '../support/fake-clock';

export interface AnswerStoreUnderTest {
  store: AnswerStore;
  clock: FakeClock;
  close(): Promise<void>;
}

export function keyedCall(changes: Partial<KeyedCall> = {}): KeyedCall {
  return { key: 'order-1', fingerprint: 'hash-1', run: 'run-1', ...changes };
}

const DAY = 86_400_000;

/** @param create  creates an empty store that nothing else uses */
export function describeAnswerStore(name: string, create: () => Promise<AnswerStoreUnderTest>): void {
  describe(`answers ${name}`, () => {
    let store: AnswerStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    const first = keyedCall();
    const again = keyedCall({ run: 'run-2' });
    const other = keyedCall({ run: 'run-2', fingerprint: 'hash-2' });

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    test('calls with different free keys each claim their own', async () => {
      expect(await store.claim(first)).toBeUndefined();
      expect(await store.claim(keyedCall({ key: 'order-2', run: 'run-2' }))).toBeUndefined();
    });

    test('a key is not claimed again while its call runs', async () => {
      await store.claim(first);
      expect(await store.claim(again)).toEqual({ fingerprint: 'hash-1', answer: undefined });
      expect(await store.claim(other)).toEqual({ fingerprint: 'hash-1', answer: undefined });
    });

    test.each([
      ['short', '{"status":200}'],
      ['empty', ''],
      ['64 KiB in a script with three bytes per letter', '你'.repeat(21_845)],
    ])('an answer that is %s is returned as it was stored', async (_, answer) => {
      await store.claim(first);
      await store.keep(first, answer);
      expect(await store.claim(again)).toEqual({ fingerprint: 'hash-1', answer });
      expect(await store.claim(other)).toEqual({ fingerprint: 'hash-1', answer });
    });

    test('the call that holds a key is found without claiming it', async () => {
      expect(await store.find('order-1')).toBeUndefined();
      expect(await store.claim(first)).toBeUndefined();
      expect(await store.find('order-1')).toEqual({ fingerprint: 'hash-1', answer: undefined });
      await store.keep(first, 'done');
      expect(await store.find('order-1')).toEqual({ fingerprint: 'hash-1', answer: 'done' });
      clock.advance(DAY);
      expect(await store.find('order-1')).toBeUndefined();
    });

    test('an answer is kept for a day, and then the key is free', async () => {
      await store.claim(first);
      await store.keep(first, 'done');
      clock.advance(DAY - 1_000);
      expect(await store.claim(again)).toEqual({ fingerprint: 'hash-1', answer: 'done' });
      clock.advance(1_000);
      expect(await store.claim(other)).toBeUndefined();
      expect(await store.claim(first)).toEqual({ fingerprint: 'hash-2', answer: undefined });
    });

    test('a key is free once it is released', async () => {
      await store.claim(first);
      await store.release(first);
      expect(await store.claim(other)).toBeUndefined();
    });

    test('a call that died is taken over after 30 seconds, and not before', async () => {
      await store.claim(first);
      clock.advance(29_999);
      expect(await store.claim(again)).toEqual({ fingerprint: 'hash-1', answer: undefined });
      clock.advance(1);
      expect(await store.claim(again)).toBeUndefined();
      clock.advance(29_999);
      expect(await store.claim(keyedCall({ run: 'run-3' }))).toEqual({ fingerprint: 'hash-1', answer: undefined });
    });

    test('a different request cannot take over the key of a dead call', async () => {
      await store.claim(first);
      clock.advance(60_000);
      expect(await store.claim(other)).toEqual({ fingerprint: 'hash-1', answer: undefined });
    });

    test('an answer is never taken over', async () => {
      await store.claim(first);
      await store.keep(first, 'done');
      clock.advance(60_000);
      expect(await store.claim(again)).toEqual({ fingerprint: 'hash-1', answer: 'done' });
    });

    test('a run that was taken over can no longer change anything', async () => {
      await store.claim(first);
      clock.advance(30_000);
      await store.claim(again);
      await store.keep(first, 'late');
      await store.release(first);
      expect(await store.claim(keyedCall({ run: 'run-3' }))).toEqual({ fingerprint: 'hash-1', answer: undefined });
      await store.keep(again, 'done');
      await store.keep(first, 'late');
      expect(await store.claim(keyedCall({ run: 'run-3' }))).toEqual({ fingerprint: 'hash-1', answer: 'done' });
    });

    test('of 20 concurrent calls exactly one claims the key', async () => {
      const calls = Array.from({ length: 20 }, (_, number) => keyedCall({ run: `rival-${number}` }));
      const claims = await Promise.all(calls.map((call) => store.claim(call)));
      expect(claims.filter((claim) => claim === undefined)).toHaveLength(1);
    });

    test('of 20 concurrent calls exactly one takes over a dead call', async () => {
      await store.claim(first);
      clock.advance(30_000);
      const calls = Array.from({ length: 20 }, (_, number) => keyedCall({ run: `rival-${number}` }));
      const claims = await Promise.all(calls.map((call) => store.claim(call)));
      expect(claims.filter((claim) => claim === undefined)).toHaveLength(1);
    });
  });
}
