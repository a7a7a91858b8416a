/** What every HistoryStore must do with items at positions, and with void positions. Part of `history-store.ts`. */
import type { HistoryRecord, HistoryStore, PlacedItem } from '../../lambdas/ports/history-store';
import { isoTime } from '../../lambdas/ports/runtime';
import { newEpoch, type Position } from '../../lambdas/protocol/position';
import type { FakeClock } from '../support/fake-clock';
import type { HistoryStoreUnderTest } from './under-test';
import { HISTORY_SECONDS } from './under-test';

/** More characters than any test writes. */
const ALL = 100_000_000;

export function describeHistoryPositions(name: string, create: () => Promise<HistoryStoreUnderTest>): void {
  describe(`positions in the history ${name}`, () => {
    let store: HistoryStore;
    let clock: FakeClock;
    let close: () => Promise<void>;
    let epoch: string;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
      epoch = newEpoch(clock.now());
    });
    afterEach(() => close());

    const at = (seq: number): Position => ({ epoch, seq });

    function recordOf(messageId: string, changes: Partial<HistoryRecord> = {}): HistoryRecord {
      return {
        direction: 'out',
        messageId,
        type: 'chat_message',
        data: { content: messageId },
        timestamp: isoTime(clock.now()),
        size: 100,
        ...changes,
      };
    }

    function pushOf(seq: number, changes?: Partial<HistoryRecord>): PlacedItem {
      return { clientId: 'a', position: at(seq), records: [recordOf(`push-${seq}`, changes)] };
    }

    function exchangeOf(seq: number): PlacedItem {
      const question = recordOf(`question-${seq}`, { direction: 'in' });
      const answer = recordOf(`answer-${seq}`, { type: 'chat_response', replyTo: `question-${seq}` });
      return { clientId: 'a', position: at(seq), records: [question, answer] };
    }

    const voidOf = (seq: number): PlacedItem => ({ clientId: 'a', position: at(seq), records: [] });

    async function putMany(count: number, changes?: Partial<HistoryRecord>): Promise<PlacedItem[]> {
      const items = Array.from({ length: count }, (_, index) => pushOf(index + 1, changes));
      await Promise.all(items.map((item) => store.put(item)));
      return items;
    }

    async function messageIds(): Promise<string[]> {
      return (await store.page('a', { limit: 1_000 })).rows.map(({ messageId }) => messageId);
    }

    describe('an item', () => {
      test('can be read completely', async () => {
        const held = pushOf(2, { heldUntil: clock.now() + 60_000 });
        const refused = pushOf(3, { type: 'error', hidden: true, replyTo: 'm' });
        for (const item of [exchangeOf(1), held, refused]) {
          expect(await store.put(item)).toBe(true);
          expect(await store.get('a', item.position)).toEqual(item);
        }
      });

      test('is not found at another position, in another epoch or for another client', async () => {
        await store.put(pushOf(1));
        expect(await store.get('a', at(2))).toBeUndefined();
        expect(await store.get('a', { epoch: newEpoch(clock.now() + 1), seq: 1 })).toBeUndefined();
        expect(await store.get('b', at(1))).toBeUndefined();
      });

      test('is there once if it is stored twice, as after a lost response', async () => {
        await store.put(exchangeOf(1));
        expect(await store.put(exchangeOf(1))).toBe(true);
        expect(await store.get('a', at(1))).toEqual(exchangeOf(1));
        expect(await messageIds()).toEqual(['answer-1', 'question-1']);
      });

      test('is replaced if it is stored again with other records', async () => {
        await store.put({ ...exchangeOf(1), records: exchangeOf(1).records.slice(0, 1) });
        await store.put(exchangeOf(1));
        expect(await store.get('a', at(1))).toEqual(exchangeOf(1));
      });

      test('is sorted by its position even if it is stored late', async () => {
        for (const seq of [1, 3, 4, 2]) await store.put(exchangeOf(seq));
        expect(await messageIds()).toEqual([4, 3, 2, 1].flatMap((seq) => [`answer-${seq}`, `question-${seq}`]));
        const first = await store.page('a', { limit: 3 });
        const rest = await store.page('a', { limit: 10, cursor: first.cursor });
        expect([...first.rows, ...rest.rows].map(({ messageId }) => messageId)).toEqual(await messageIds());
      });

      test('is in no page if it is hidden', async () => {
        await store.put(pushOf(1));
        await store.put({ ...exchangeOf(2), records: exchangeOf(2).records.map((one) => ({ ...one, hidden: true })) });
        expect(await messageIds()).toEqual(['push-1']);
      });

      test('is gone after it was removed, and its position can become void', async () => {
        await putMany(3);
        await store.remove('a', at(2));
        expect(await store.get('a', at(2))).toBeUndefined();
        expect((await store.after('a', at(0), ALL)).items).toEqual([pushOf(1), pushOf(3)]);
        expect(await store.void('a', at(2))).toBe(true);
        expect((await store.after('a', at(0), ALL)).items).toEqual([pushOf(1), voidOf(2), pushOf(3)]);
      });

      test('expires', async () => {
        await store.put(pushOf(1));
        clock.advance((HISTORY_SECONDS - 1) * 1_000);
        expect(await store.get('a', at(1))).toBeDefined();
        clock.advance(1_000);
        expect(await store.get('a', at(1))).toBeUndefined();
        expect(await store.after('a', at(0), ALL)).toEqual({ items: [], hasMore: false });
      });

      test('does not change with the caller’s copy, or with a copy that was read', async () => {
        const item = pushOf(1);
        await store.put(item);
        (item.records[0] as HistoryRecord).data.content = 'changed';
        const got = await store.get('a', at(1));
        if (got) (got.records[0] as HistoryRecord).data.content = 'changed too';
        expect(await store.get('a', at(1))).toEqual(pushOf(1));
      });
    });

    describe('a void position', () => {
      test('rejects later items, and says so', async () => {
        expect(await store.void('a', at(1))).toBe(true);
        expect(await store.put(pushOf(1))).toBe(false);
        expect(await store.get('a', at(1))).toEqual(voidOf(1));
        expect(await messageIds()).toEqual([]);
      });

      test('can be made void again by somebody else, or after a lost response', async () => {
        await store.void('a', at(1));
        expect(await store.void('a', at(1))).toBe(true);
        expect((await store.after('a', at(0), ALL)).items).toEqual([voidOf(1)]);
      });

      test('is refused if the position has an item', async () => {
        await store.put(exchangeOf(1));
        expect(await store.void('a', at(1))).toBe(false);
        expect(await store.get('a', at(1))).toEqual(exchangeOf(1));
      });

      test('belongs to one client and one epoch', async () => {
        await store.void('a', at(1));
        expect(await store.put({ ...pushOf(1), clientId: 'b' })).toBe(true);
        expect(await store.put({ ...pushOf(1), position: { epoch: newEpoch(clock.now() + 1), seq: 1 } })).toBe(true);
      });

      test('and a concurrent item agree on which was first', async () => {
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, async (_, index) => {
            const item = pushOf(index + 1);
            const [isPut, isVoid] = await Promise.all([store.put(item), store.void('a', item.position)]);
            return { isPut, isVoid, got: await store.get('a', item.position), item };
          }),
        );
        for (const { isPut, isVoid, got, item } of outcomes) {
          expect(isVoid).toBe(!isPut);
          expect(got).toEqual(isPut ? item : { ...item, records: [] });
        }
      });
    });

    describe('what follows a position', () => {
      test('is nothing for an unknown client', async () => {
        expect(await store.after('nobody', at(0), ALL)).toEqual({ items: [], hasMore: false });
      });

      test('is sorted by position, including void and hidden items, however it was stored', async () => {
        const items = [exchangeOf(1), pushOf(2, { hidden: true }), voidOf(3), exchangeOf(4), pushOf(5)];
        await store.put(pushOf(5));
        await store.put(exchangeOf(4));
        await store.void('a', at(3));
        await store.put(pushOf(2, { hidden: true }));
        await store.put(exchangeOf(1));
        expect(await store.after('a', at(0), ALL)).toEqual({ items, hasMore: false });
        expect(await store.after('a', at(3), ALL)).toEqual({ items: items.slice(3), hasMore: false });
        expect(await store.after('a', at(5), ALL)).toEqual({ items: [], hasMore: false });
      });

      test('excludes copies of broadcasts, other epochs and other clients', async () => {
        const later = { epoch: newEpoch(clock.now() + 1), seq: 2 };
        await store.put(pushOf(1));
        await store.append([{ clientId: 'a', records: [recordOf('news')] }]);
        await store.put({ ...pushOf(2), position: later });
        await store.put({ ...pushOf(2), clientId: 'b' });
        expect((await store.after('a', at(0), ALL)).items).toEqual([pushOf(1)]);
        expect((await store.after('a', { ...later, seq: 0 }, ALL)).items).toEqual([{ ...pushOf(2), position: later }]);
      });

      test('is limited by the characters of frames to the client, but has at least one item', async () => {
        const items = [exchangeOf(1), exchangeOf(2), exchangeOf(3)];
        for (const item of items) await store.put(item);
        expect(await store.after('a', at(0), 10)).toEqual({ items: items.slice(0, 1), hasMore: true });
        expect(await store.after('a', at(0), 199)).toEqual({ items: items.slice(0, 1), hasMore: true });
        expect(await store.after('a', at(0), 200)).toEqual({ items: items.slice(0, 2), hasMore: true });
        expect(await store.after('a', at(0), 300)).toEqual({ items, hasMore: false });
        expect(await store.after('a', at(2), 10)).toEqual({ items: items.slice(2), hasMore: false });
      });

      test('continues after 250 items, and after a megabyte', async () => {
        const many = await putMany(250);
        expect(await store.after('a', at(0), ALL)).toEqual({ items: many, hasMore: false });
        const large = Array.from({ length: 12 }, (_, index) =>
          pushOf(251 + index, { data: { x: 'x'.repeat(120_000) } }),
        );
        for (const item of large) await store.put(item);
        const { items, hasMore } = await store.after('a', at(250), ALL);
        expect(items.map(({ position }) => position)).toEqual(large.map(({ position }) => position));
        expect(hasMore).toBe(false);
      });
    });

    describe('a missing item', () => {
      /** In milliseconds. */
      const LIFE = HISTORY_SECONDS * 1_000;

      test('was never stored if it is younger than any expired item, whatever else has expired', async () => {
        await store.put(pushOf(1));
        clock.advance(2 * LIFE);
        const takenAt = clock.now();
        await store.put(pushOf(3));
        clock.advance(LIFE - 1_001);
        expect(await store.mayHaveLost('a', at(2), takenAt)).toBe(false);
        expect(await store.mayHaveLost('b', at(2), takenAt)).toBe(false);
      });

      test('may have expired if it is older', async () => {
        const takenAt = clock.now();
        await store.put(pushOf(1));
        clock.advance(LIFE);
        expect(await store.get('a', at(1))).toBeUndefined();
        expect(await store.mayHaveLost('a', at(1), takenAt)).toBe(true);
      });
    });

    describe('the history is complete from a position', () => {
      /** In milliseconds. */
      const LIFE = HISTORY_SECONDS * 1_000;

      test('if its epoch is younger than anything that has expired, whatever is left of it', async () => {
        expect(await store.reachesBackTo('a', at(5))).toBe(true);
        await store.put(pushOf(3));
        clock.advance(LIFE - 1_000);
        expect(await store.reachesBackTo('a', at(1))).toBe(true);
        expect(await store.reachesBackTo('b', at(1))).toBe(true);
        clock.advance(1_000);
        expect(await store.reachesBackTo('a', at(1))).toBe(false);
      });

      test('if it still has an item at or before that position, void or not', async () => {
        await store.put(pushOf(2));
        clock.advance(LIFE);
        await store.put(pushOf(5));
        await store.void('a', at(7));
        expect(await Promise.all([0, 1, 5, 6, 7, 9].map((seq) => store.reachesBackTo('a', at(seq))))).toEqual([
          false,
          false,
          true,
          true,
          true,
          true,
        ]);
      });

      test('only if that item is of the same epoch, and not a copy of a broadcast', async () => {
        await store.put(pushOf(2));
        clock.advance(LIFE);
        await store.append([{ clientId: 'a', records: [recordOf('news')] }]);
        await store.put({ ...pushOf(1), position: { epoch: newEpoch(clock.now() - 2 * LIFE), seq: 1 } });
        expect(await store.reachesBackTo('a', at(1))).toBe(false);
      });

      test('until that item has expired', async () => {
        await store.put(pushOf(1));
        clock.advance(60_000);
        await store.put(pushOf(2));
        clock.advance(LIFE - 60_000);
        expect(await store.reachesBackTo('a', at(0))).toBe(false);
        expect(await store.reachesBackTo('a', at(2))).toBe(true);
      });
    });
  });
}
