/** What every HistoryStore must do: one suite for all implementations. */
import {
  AUDIT,
  type HistoryItem,
  type HistoryRecord,
  type HistoryStore,
  type PlacedItem,
} from '../../lambdas/ports/history-store';
import { InvalidCursorError } from '../../lambdas/ports/page';
import { isoTime } from '../../lambdas/ports/runtime';
import type { JsonObject } from '../../lambdas/protocol/json';
import type { FakeClock } from '../support/fake-clock';
import { describeHistoryPositions } from './history-positions';
import { HISTORY_SECONDS, type HistoryStoreUnderTest, INVALID_CURSORS, readPages } from './under-test';

/** @param create  creates an empty store that nothing else uses, with `HISTORY_SECONDS` as its setting */
export function describeHistoryStore(name: string, create: () => Promise<HistoryStoreUnderTest>): void {
  describe(`history ${name}`, () => {
    let store: HistoryStore;
    let clock: FakeClock;
    let close: () => Promise<void>;
    let taken = 0;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
      taken = 0;
    });
    afterEach(() => close());

    function recordOf(messageId: string, changes: Partial<HistoryRecord> = {}): HistoryRecord {
      return {
        direction: 'in',
        messageId,
        type: 'chat_message',
        data: { content: messageId },
        timestamp: isoTime(clock.now()),
        size: 120,
        ...changes,
      };
    }

    /** An exchange or a push, at the next position. */
    function itemOf(clientId: string, ...records: HistoryRecord[]): PlacedItem {
      taken += 1;
      return { clientId, position: { epoch: '0lxyz00000000', seq: taken }, records };
    }

    /** A copy of a broadcast, which takes no position. */
    function castOf(clientId: string, messageId: string): HistoryItem {
      return { clientId, records: [recordOf(messageId, { direction: 'out', type: 'news' })] };
    }

    function recordsOf(count: number): HistoryRecord[] {
      return Array.from({ length: count }, (_, index) => recordOf(`message-${index}`));
    }

    async function put(...items: PlacedItem[]): Promise<void> {
      expect(await Promise.all(items.map((item) => store.put(item)))).toEqual(items.map(() => true));
    }

    async function keep(clientId: string, records: readonly HistoryRecord[]): Promise<void> {
      await put(...records.map((record) => itemOf(clientId, record)));
    }

    async function kept(clientId: string, limit = 1_000): Promise<HistoryRecord[]> {
      return (await readPages((page) => store.page(clientId, page), limit)).flat();
    }

    const idsOf = (records: readonly HistoryRecord[]) => records.map(({ messageId }) => messageId);

    test('an unknown client has no history', async () => {
      expect(await store.page('nobody', { limit: 10 })).toEqual({ rows: [] });
    });

    test('exchanges are returned completely, newest first', async () => {
      const question = recordOf('m-1');
      const answer = recordOf('m-2', { direction: 'out', type: 'chat_response', replyTo: 'm-1' });
      await put(itemOf('a', question, answer));
      expect(await kept('a')).toEqual([answer, question]);
    });

    test('storing an empty list is not an error', async () => {
      await expect(store.append([])).resolves.toBeUndefined();
    });

    test('concurrently written items are sorted by position', async () => {
      const records = recordsOf(60);
      await keep('a', records);
      expect(await kept('a')).toEqual(records.toReversed());
    });

    test('items are sorted by position, within a millisecond or later', async () => {
      const records = recordsOf(12);
      for (const [index, record] of records.entries()) {
        if (index % 3 === 0) clock.advance(1);
        await keep('a', [record]);
      }
      expect(await kept('a')).toEqual(records.toReversed());
    });

    test('concurrent items do not overwrite each other', async () => {
      const records = recordsOf(40);
      await Promise.all(records.map((record) => keep('a', [record])));
      expect(idsOf(await kept('a')).sort()).toEqual(idsOf(records).sort());
    });

    test('concurrent copies of broadcasts do not overwrite each other', async () => {
      const casts = Array.from({ length: 40 }, (_, index) => castOf('a', `news-${index}`));
      await Promise.all(casts.map((cast) => store.append([cast])));
      expect(idsOf(await kept('a')).sort()).toEqual(casts.flatMap(({ records }) => idsOf(records)).sort());
    });

    test('copies of broadcasts are sorted among the messages by time', async () => {
      await keep('a', [recordOf('m-1')]);
      clock.advance(10);
      await store.append([castOf('a', 'news-1')]);
      clock.advance(10);
      await keep('a', [recordOf('m-2')]);
      clock.advance(10);
      await store.append([castOf('a', 'news-2')]);
      expect(idsOf(await kept('a'))).toEqual(['news-2', 'm-2', 'news-1', 'm-1']);
    });

    test.each([1, 2, 3, 7, 40])(
      'paging by %d over messages and broadcasts neither loses nor repeats anything',
      async (limit) => {
        const expected: string[] = [];
        for (let index = 0; index < 30; index++) {
          clock.advance(5);
          if (index % 3 === 0) await store.append([castOf('a', `id-${index}`)]);
          else await keep('a', [recordOf(`id-${index}`)]);
          expected.unshift(`id-${index}`);
        }
        expect(idsOf(await kept('a', limit))).toEqual(expected);
      },
    );

    test.each([1, 2, 3, 7, 40])('paging by %d over exchanges neither loses nor repeats anything', async (limit) => {
      const records = recordsOf(40);
      for (let index = 0; index < 40; index += 2) {
        await put(itemOf('a', ...records.slice(index, index + 2)));
      }
      const pages = await readPages((page) => store.page('a', page), limit);
      expect(pages.flat()).toEqual(records.toReversed());
      for (const rows of pages) expect(rows.length).toBeLessThanOrEqual(limit);
    });

    test('an item stored between two pages does not shift them', async () => {
      const records = recordsOf(10);
      await keep('a', records);
      const first = await store.page('a', { limit: 4 });
      clock.advance(5);
      await keep('a', [recordOf('newer')]);
      await store.append([castOf('a', 'newest')]);
      const second = await store.page('a', { limit: 4, cursor: first.cursor });
      expect(idsOf([...first.rows, ...second.rows])).toEqual(idsOf(records.toReversed().slice(0, 8)));
    });

    test('one write to 60 clients gives each its own record', async () => {
      const items = Array.from({ length: 60 }, (_, index) => castOf(`client-${index}`, `m-${index}`));
      await store.append(items);
      expect(await Promise.all(items.map(({ clientId }) => kept(clientId)))).toEqual(
        items.map(({ records }) => records),
      );
    });

    test('removing an item leaves all others', async () => {
      const items = [
        itemOf('a', recordOf('m-1')),
        itemOf('a', recordOf('m-2'), recordOf('m-3')),
        itemOf('a', recordOf('m-4')),
      ];
      await put(...items);
      await store.remove('a', { epoch: '0lxyz00000000', seq: 2 });
      expect(idsOf(await kept('a'))).toEqual(['m-4', 'm-1']);
    });

    test('removing the only item, or one that does not exist, leaves an empty history', async () => {
      await put(itemOf('a', recordOf('m-1')));
      await store.remove('a', { epoch: '0lxyz00000000', seq: 1 });
      await store.remove('a', { epoch: '0lxyz00000000', seq: 1 });
      await store.remove('nobody', { epoch: '0lxyz00000000', seq: 1 });
      expect(await store.page('a', { limit: 10 })).toEqual({ rows: [] });
    });

    test('an item expires, and newer ones stay', async () => {
      await keep('a', recordsOf(4));
      await store.append([castOf('a', 'news')]);
      clock.advance((HISTORY_SECONDS - 1) * 1_000);
      const young = recordOf('young');
      await keep('a', [young]);
      expect(await kept('a')).toHaveLength(6);
      clock.advance(1_000);
      expect(await kept('a', 2)).toEqual([young]);
      clock.advance(HISTORY_SECONDS * 1_000);
      expect(await store.page('a', { limit: 2 })).toEqual({ rows: [] });
    });

    test.each<[string, JsonObject]>([
      ['half a character', { content: '\ud800 \udfff', '\ud83d': 1 }],
      ['the name __proto__', JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": null}')],
      ['arrays and objects 100 levels deep', nested(100)],
      ['128 KiB', { content: 'x'.repeat(131_072) }],
      ['128 KiB of UTF-8', { content: '€'.repeat(43_690) }],
      ['empty things and odd numbers', { '': '', a: [], o: {}, n: null, f: -1.5e-7, i: 2 ** 53, big: 1e300, zero: 0 }],
      ['control characters', { content: '\0\u0001\u2028"\\\u007f\n' }],
    ])('%s survives unchanged', async (_, data) => {
      const record = recordOf('m-1', { data });
      await keep('a', [record]);
      const [read] = await kept('a');
      expect(read).toEqual(record);
      expect(JSON.stringify(read?.data)).toBe(JSON.stringify(data));
    });

    test('a page stays within the size limit of an answer, without losing items', async () => {
      const records = recordsOf(20).map((record) => ({
        ...record,
        data: { content: 'x'.repeat(130_000) },
        size: 130_120,
      }));
      await keep('a', records);
      const pages = await readPages((page) => store.page('a', page), 100);
      expect(pages.length).toBeGreaterThan(1);
      for (const rows of pages) expect(rows.length).toBeLessThanOrEqual(10); // the item that crosses 1 MB is still in the page
      expect(pages.flat().map(({ messageId }) => messageId)).toEqual(
        records.toReversed().map(({ messageId }) => messageId),
      );
    });

    test.each(INVALID_CURSORS)('%s is not a cursor for a history', async (_, cursor) => {
      await keep('a', [recordOf('m-1')]);
      await expect(store.page('a', { limit: 10, cursor })).rejects.toThrow(InvalidCursorError);
    });

    test('an unknown well-formed cursor is rejected or answered, and does not fail in another way', async () => {
      await keep('a', [recordOf('m-1')]);
      for (const text of [
        '12345678',
        'state',
        `${isoTime(0)}#0000#00000000`,
        'seq#x|',
        '|',
        'end|end',
        '{"sort_key":1}',
        '\0',
      ]) {
        for (const cursor of [text, Buffer.from(text).toString('base64url')]) {
          const answer = await store.page('a', { limit: 10, cursor }).catch((error: unknown) => error);
          if (!(answer instanceof InvalidCursorError)) expect(answer).toMatchObject({ rows: expect.any(Array) });
        }
      }
    });
  });

  describe(`audit ${name}`, () => {
    test('is listed newest first, page by page, each entry once, until it expires', async () => {
      const { store, clock, close } = await create();
      const entryOf = (messageId: string): HistoryItem => {
        const timestamp = isoTime(clock.now());
        return {
          clientId: AUDIT,
          records: [{ direction: 'in', messageId, type: 'audit', data: {}, timestamp, size: 9 }],
        };
      };
      const ids = Array.from({ length: 60 }, (_, number) => `call-${number}`);
      for (const messageId of ids) {
        clock.advance(1);
        await store.append([entryOf(messageId)]);
      }
      for (const limit of [1, 7, 60, 1_000]) {
        const pages = await readPages((page) => store.page(AUDIT, page), limit);
        for (const rows of pages) expect(rows.length).toBeLessThanOrEqual(limit);
        expect(pages.flat().map(({ messageId }) => messageId)).toEqual([...ids].reverse());
      }
      for (const cursor of INVALID_CURSORS.map(([, one]) => one)) {
        await expect(store.page(AUDIT, { limit: 10, cursor })).rejects.toThrow(InvalidCursorError);
      }
      clock.advance(HISTORY_SECONDS * 1_000 + 1);
      await store.append([entryOf('late')]);
      expect((await store.page(AUDIT, { limit: 10 })).rows.map(({ messageId }) => messageId)).toEqual(['late']);
      await close();
    });
  });

  describeHistoryPositions(name, create);
}

/** Alternating objects and arrays, nested this deep. */
function nested(levels: number): JsonObject {
  let value: unknown = 'bottom';
  for (let level = levels; level > 1; level--) value = level % 2 === 0 ? [value] : { value };
  return { value };
}
