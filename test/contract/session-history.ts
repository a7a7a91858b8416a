/** What every SessionStore holds to, of histories: part of the suite in `session-store.ts`. */
import type { JsonObject } from '../../lambdas/protocol/json';
import { isoTime } from '../../lambdas/runtime';
import { type HistoryRecord, InvalidCursorError, type SessionStore } from '../../lambdas/sessions/session-store';
import type { FakeClock } from '../support/fake-clock';
import { type CreateSessionStore, HISTORY_SECONDS, INVALID_CURSORS, readPages } from './under-test';

export function describeSessionHistory(name: string, create: CreateSessionStore): void {
  describe(`history ${name}`, () => {
    let store: SessionStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    function recordOf(clientId: string, messageId: string, changes: Partial<HistoryRecord> = {}): HistoryRecord {
      return {
        clientId,
        direction: 'in',
        messageId,
        type: 'chat_message',
        data: { content: messageId },
        timestamp: isoTime(clock.now()),
        size: 120,
        ...changes,
      };
    }

    function recordsOf(clientId: string, count: number): HistoryRecord[] {
      return Array.from({ length: count }, (_, index) => recordOf(clientId, `message-${index}`));
    }

    async function kept(clientId: string, limit = 1_000): Promise<HistoryRecord[]> {
      return (await readPages((page) => store.history(clientId, page), limit)).flat();
    }

    test('a client that nobody has heard of has none', async () => {
      expect(await store.history('nobody', { limit: 10 })).toEqual({ rows: [] });
    });

    test('an exchange is kept whole, the newest first', async () => {
      const question = recordOf('a', 'm-1');
      const answer = recordOf('a', 'm-2', { direction: 'out', type: 'chat_response', replyTo: 'm-1' });
      await store.append([question, answer]);
      expect(await kept('a')).toEqual([answer, question]);
    });

    test('it needs no session', async () => {
      await store.append([recordOf('a', 'm-1')]);
      expect(await store.get('a')).toBeUndefined();
      expect(await store.count()).toBe(0);
      expect(await kept('a')).toHaveLength(1);
    });

    test('nothing to keep is no error', async () => {
      await expect(store.append([])).resolves.toBeUndefined();
    });

    test('records of one append keep their order, though all are of one millisecond', async () => {
      const records = recordsOf('a', 60);
      await store.append(records);
      expect(await kept('a')).toEqual(records.toReversed());
    });

    test('appends keep their order, in one millisecond or later', async () => {
      const records = recordsOf('a', 12);
      for (const [index, record] of records.entries()) {
        if (index % 3 === 0) clock.advance(1);
        await store.append([record]);
      }
      expect(await kept('a')).toEqual(records.toReversed());
    });

    test('appends at once write over nothing of each other', async () => {
      const records = recordsOf('a', 40);
      await Promise.all(records.map((record) => store.append([record])));
      const ids = (await kept('a')).map(({ messageId }) => messageId);
      expect(ids.sort()).toEqual(records.map(({ messageId }) => messageId).sort());
    });

    test('the same message kept twice is there twice', async () => {
      const record = recordOf('a', 'm-1');
      await store.append([record, record]);
      expect(await kept('a')).toEqual([record, record]);
    });

    test.each([1, 2, 3, 7, 40])('paging by %d loses and repeats nothing', async (limit) => {
      const records = recordsOf('a', 40);
      await store.append(records.slice(0, 3));
      for (let index = 3; index < 9; index++) await store.append(records.slice(index, index + 1));
      await store.append(records.slice(9));
      const pages = await readPages((page) => store.history('a', page), limit);
      expect(pages.flat()).toEqual(records.toReversed());
      for (const rows of pages) expect(rows.length).toBeLessThanOrEqual(limit);
    });

    test('what is appended between two pages moves nothing', async () => {
      const records = recordsOf('a', 10);
      await store.append(records);
      const first = await store.history('a', { limit: 4 });
      clock.advance(5);
      await store.append([recordOf('a', 'newer')]);
      const second = await store.history('a', { limit: 4, cursor: first.cursor });
      expect([...first.rows, ...second.rows]).toEqual(records.toReversed().slice(0, 8));
    });

    test('60 clients at once get a record each', async () => {
      const records = Array.from({ length: 60 }, (_, index) => recordOf(`client-${index}`, `m-${index}`));
      await store.append(records);
      expect(await Promise.all(records.map(({ clientId }) => kept(clientId)))).toEqual(records.map((one) => [one]));
    });

    test('a message ends when its time is over, and the younger stay', async () => {
      await store.append(recordsOf('a', 5));
      clock.advance((HISTORY_SECONDS - 1) * 1_000);
      const young = recordOf('a', 'young');
      await store.append([young]);
      expect(await kept('a')).toHaveLength(6);
      clock.advance(1_000);
      expect(await kept('a', 2)).toEqual([young]);
      clock.advance(HISTORY_SECONDS * 1_000);
      expect(await store.history('a', { limit: 2 })).toEqual({ rows: [] });
    });

    test.each<[string, JsonObject]>([
      ['half a character', { content: '\ud800 \udfff', '\ud83d': 1 }],
      ['the name __proto__', JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": null}')],
      ['arrays and objects 100 levels deep', nested(100)],
      ['128 KiB', { content: 'x'.repeat(131_072) }],
      ['128 KiB of UTF-8', { content: '€'.repeat(43_690) }],
      ['empty things and odd numbers', { '': '', a: [], o: {}, n: null, f: -1.5e-7, i: 2 ** 53, big: 1e300, zero: 0 }],
      ['control characters', { content: '\0\u0001\u2028"\\\u007f\n' }],
    ])('%s comes back as it went in', async (_, data) => {
      const record = recordOf('a', 'm-1', { data });
      await store.append([record]);
      const [read] = await kept('a');
      expect(read).toEqual(record);
      expect(JSON.stringify(read?.data)).toBe(JSON.stringify(data));
    });

    test('a page ends before it grows past what a caller can be sent, and none is lost', async () => {
      const records = recordsOf('a', 20).map((record) => ({
        ...record,
        data: { content: 'x'.repeat(130_000) },
        size: 130_120,
      }));
      await store.append(records);
      const pages = await readPages((page) => store.history('a', page), 100);
      expect(pages.length).toBeGreaterThan(1);
      for (const rows of pages) expect(rows.length).toBeLessThanOrEqual(10); // the item that crosses 1 MB is still in the page
      expect(pages.flat().map(({ messageId }) => messageId)).toEqual(
        records.toReversed().map(({ messageId }) => messageId),
      );
    });

    test.each(INVALID_CURSORS)('%s is no cursor of a history', async (_, cursor) => {
      await store.append([recordOf('a', 'm-1')]);
      await expect(store.history('a', { limit: 10, cursor })).rejects.toThrow(InvalidCursorError);
    });

    test('a well-formed cursor from nowhere is refused or answered, and nothing worse', async () => {
      await store.append([recordOf('a', 'm-1')]);
      for (const text of ['12345678', 'state', `${isoTime(0)}#0000#00000000`, '{"sort_key":1}', '\0']) {
        for (const cursor of [text, Buffer.from(text).toString('base64url')]) {
          const answer = await store.history('a', { limit: 10, cursor }).catch((error: unknown) => error);
          if (!(answer instanceof InvalidCursorError)) expect(answer).toMatchObject({ rows: expect.any(Array) });
        }
      }
    });
  });
}

/** Objects and arrays by turns, so many levels of them. */
function nested(levels: number): JsonObject {
  let value: unknown = 'bottom';
  for (let level = levels; level > 1; level--) value = level % 2 === 0 ? [value] : { value };
  return { value };
}
