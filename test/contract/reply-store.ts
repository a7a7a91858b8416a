/** What every ReplyStore must do: one suite for all implementations. */
import type { ReplyStore } from '../../lambdas/ports/reply-store';
import type { FakeClock } from '../support/fake-clock';

export interface ReplyStoreUnderTest {
  store: ReplyStore;
  clock: FakeClock;
  close(): Promise<void>;
}

/** @param create  creates an empty store that nothing else uses */
export function describeReplyStore(name: string, create: () => Promise<ReplyStoreUnderTest>): void {
  describe(`replies ${name}`, () => {
    let store: ReplyStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    const question = { clientId: 'a', messageId: 'm-1' };

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    test('an unknown question has no reply', async () => {
      expect(await store.get(question)).toBeUndefined();
    });

    test('the runs of a reply count from 1', async () => {
      expect(await store.begin(question, 'r-1')).toEqual({ replyId: 'r-1', run: 1, cancelledAt: undefined });
      expect(await store.begin(question, 'r-1')).toEqual({ replyId: 'r-1', run: 2, cancelledAt: undefined });
      expect(await store.get(question)).toEqual({ replyId: 'r-1', run: 2, cancelledAt: undefined });
    });

    test('a reply that waits is known and has no run; what has begun waits no more', async () => {
      await store.wait(question, 'r-1');
      expect(await store.get(question)).toEqual({ replyId: 'r-1', run: 0, cancelledAt: undefined });
      expect(await store.begin(question, 'r-1')).toEqual({ replyId: 'r-1', run: 1, cancelledAt: undefined });
      await store.wait(question, 'r-1');
      expect(await store.get(question)).toMatchObject({ replyId: 'r-1', run: 1 });
    });

    test('a cancelled question stays cancelled while its reply waits', async () => {
      await store.cancel(question);
      await store.wait(question, 'r-1');
      expect(await store.get(question)).toEqual({ replyId: 'r-1', run: 0, cancelledAt: clock.now() });
    });

    test('20 concurrent runs get different numbers', async () => {
      const states = await Promise.all(Array.from({ length: 20 }, () => store.begin(question, 'r-1')));
      const runs = states.map(({ run }) => run).sort((one, other) => one - other);
      expect(runs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });

    test('another reply to the same id counts its own runs', async () => {
      await store.begin(question, 'r-1');
      expect(await store.begin(question, 'r-2')).toMatchObject({ replyId: 'r-2', run: 1 });
      expect(await store.get(question)).toMatchObject({ replyId: 'r-2', run: 1 });
    });

    test('a cancel is stored with its time, whether before, during or after a run', async () => {
      await store.cancel(question);
      const first = clock.now();
      expect(await store.get(question)).toEqual({ replyId: undefined, run: 0, cancelledAt: first });
      clock.advance(5);
      expect(await store.begin(question, 'r-1')).toEqual({ replyId: 'r-1', run: 1, cancelledAt: first });
      await store.cancel(question);
      expect(await store.get(question)).toEqual({ replyId: 'r-1', run: 1, cancelledAt: first + 5 });
    });

    test.each([
      ['another client', { clientId: 'b', messageId: 'm-1' }],
      ['another question', { clientId: 'a', messageId: 'm-2' }],
      ['a client whose id has a separator', { clientId: 'a#m', messageId: '1' }],
    ])('a cancel does not affect %s', async (_, other) => {
      await store.begin(other, 'r-2');
      await store.cancel(question);
      expect(await store.get(other)).toEqual({ replyId: 'r-2', run: 1, cancelledAt: undefined });
    });

    test.each(['', ' ', '你好', 'half \ud800', 'm'.repeat(128), '{"a":1}'])(
      '%j is a valid message id',
      async (messageId) => {
        await store.begin({ clientId: 'a', messageId }, 'r-1');
        expect(await store.get({ clientId: 'a', messageId })).toMatchObject({ run: 1 });
      },
    );

    test('a question is forgotten after two hours', async () => {
      await store.begin(question, 'r-1');
      clock.advance(7_199_000);
      expect(await store.get(question)).toMatchObject({ run: 1 });
      clock.advance(1_000);
      expect(await store.get(question)).toBeUndefined();
    });

    test('a cancel calls the watchers of the question in the same process, until they stop watching', async () => {
      if (!store.onCancel) return;
      const called: string[] = [];
      const stop = store.onCancel(question, () => called.push('first'));
      store.onCancel({ clientId: 'b', messageId: 'm-1' }, () => called.push('other'));
      await store.cancel(question);
      stop();
      await store.cancel(question);
      expect(called).toEqual(['first']);
    });
  });
}
