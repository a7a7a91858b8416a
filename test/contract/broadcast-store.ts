/** What every BroadcastStore holds to: one suite for all implementations. */
import type { Broadcast, BroadcastStore } from '../../lambdas/broadcasts/broadcast-store';

export interface BroadcastStoreUnderTest {
  store: BroadcastStore;
  close(): Promise<void>;
}

export function broadcastOf(broadcastId: string, changes: Partial<Broadcast> = {}): Broadcast {
  return {
    broadcastId,
    messageId: `message of ${broadcastId}`,
    recipients: 3,
    delivered: 2,
    gone: 1,
    failed: 0,
    startedAt: '2024-01-01T00:00:00.000Z',
    ...changes,
  };
}

/** @param create  makes a store that is empty and used by nobody else */
export function describeBroadcastStore(name: string, create: () => Promise<BroadcastStoreUnderTest>): void {
  describe(`broadcasts ${name}`, () => {
    let store: BroadcastStore;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, close } = await create());
    });
    afterEach(() => close());

    test('a broadcast that was saved can be read, whole', async () => {
      const running = broadcastOf('a');
      const finished = broadcastOf('b', { finishedAt: '2024-01-01T00:00:01.500Z' });
      await Promise.all([store.save(running), store.save(finished)]);
      expect(await store.get('a')).toEqual(running);
      expect(await store.get('b')).toEqual(finished);
    });

    test('saving writes over what was known', async () => {
      await store.save(broadcastOf('a'));
      const later = broadcastOf('a', { delivered: 9, finishedAt: '2024-01-01T00:00:02.000Z' });
      await store.save(later);
      expect(await store.get('a')).toEqual(later);
    });

    test.each([
      ['unknown', 'nobody'],
      ['empty', ''],
      ['of 3,000 characters', 'x'.repeat(3_000)],
      ['half a character', '\ud800'],
    ])('an id that is %s names no broadcast', async (_, id) => {
      await store.save(broadcastOf('a'));
      expect(await store.get(id)).toBeUndefined();
    });

    test('what the caller does to its own copy changes nothing in the store', async () => {
      const broadcast = broadcastOf('a');
      await store.save(broadcast);
      broadcast.delivered = 77;
      const read = await store.get('a');
      if (read) read.delivered = 99;
      expect(await store.get('a')).toEqual(broadcastOf('a'));
    });
  });
}
