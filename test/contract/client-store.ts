/** What every ClientStore must do: one suite for all implementations. */
import {
  type Client,
  type ClientAudience,
  type ClientConnection,
  type ClientStore,
  EVERYBODY,
  type MessageKind,
  type Receipt,
  type Segment,
} from '../../lambdas/ports/client-store';
import { InvalidCursorError } from '../../lambdas/ports/page';
import { isoTime } from '../../lambdas/ports/runtime';
import { SESSION_TTL_SECONDS } from '../../lambdas/protocol/limits';
import type { FakeClock } from '../support/fake-clock';
import { describeClientPositions } from './client-positions';
import { type ClientStoreUnderTest, INVALID_CURSORS, RATE_LIMIT, readPages } from './under-test';

/** @param create  creates an empty store that nothing else uses, with `HISTORY_SECONDS` and `RATE_LIMIT` as its settings */
export function describeClientStore(name: string, create: () => Promise<ClientStoreUnderTest>): void {
  describe(`clients ${name}`, () => {
    let store: ClientStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    function connectionOf(clientId: string, changes: Partial<ClientConnection> = {}): ClientConnection {
      return { clientId, connectionId: `${clientId}/conn=`, connectedAt: isoTime(clock.now()), labels: [], ...changes };
    }

    async function connect(clientId: string, changes?: Partial<ClientConnection>): Promise<ClientConnection> {
      const connection = connectionOf(clientId, changes);
      await store.connect(connection);
      return connection;
    }

    function clientOf(connection: ClientConnection, changes: Partial<Client> = {}): Client {
      const position = { epoch: expect.any(String), seq: 0 };
      return {
        ...connection,
        lastActivity: connection.connectedAt,
        messageCount: 0,
        position,
        ackedSeq: 0,
        ...changes,
      };
    }

    /** The last assigned position. */
    function at(seq: number) {
      return { position: { epoch: expect.any(String), seq } };
    }

    async function connectMany(count: number): Promise<string[]> {
      const ids = Array.from({ length: count }, (_, index) => `client-${index}`);
      await Promise.all(ids.map((id) => connect(id)));
      return ids.sort();
    }

    async function listedIds(limit: number, segment?: Segment): Promise<string[]> {
      const pages = await readPages((page) => store.list(EVERYBODY, page, segment), limit);
      for (const rows of pages) expect(rows.length).toBeLessThanOrEqual(limit);
      return pages.flat().map(({ clientId }) => clientId);
    }

    const now = () => isoTime(clock.now());

    describe('connecting', () => {
      test('brings a client online, with all its data', async () => {
        const connection = await connect('a', { labels: ['acme', 'eu'] });
        expect(await store.get('a')).toEqual(clientOf(connection));
        expect(await store.getMany(['a'])).toEqual([clientOf(connection)]);
        expect(await store.list(EVERYBODY, { limit: 10 })).toEqual({ rows: [connection] });
        expect(await store.count()).toBe(1);
      });

      test('an unknown client is in no list', async () => {
        expect(await store.get('nobody')).toBeUndefined();
        expect(await store.getMany(['nobody'])).toEqual([]);
        expect(await listedIds(10)).toEqual([]);
        expect(await store.count()).toBe(0);
      });

      test('a change to a returned client does not change the stored one', async () => {
        await connect('a');
        const read = await store.get('a');
        if (read) read.messageCount = 77;
        expect(await store.get('a')).toMatchObject({ messageCount: 0 });
      });

      test('a newer connection replaces the older one, which is returned', async () => {
        expect(await store.connect(connectionOf('a', { connectionId: 'old' }))).toEqual(at(0));
        await store.receive(connectionOf('a', { connectionId: 'old' }), now(), 'durable');
        const newer = connectionOf('a', { connectionId: 'new' });
        const replaced = { connectionId: 'old', connectedAt: now() };
        expect(await store.connect(newer)).toEqual({ ...at(1), replaced });
        expect(await store.get('a')).toEqual(clientOf(newer, at(1)));
        expect(await listedIds(10)).toEqual(['a']);
        expect(await store.count()).toBe(1);
      });

      test('a repeated write for the same connection replaces nothing', async () => {
        const connection = await connect('a');
        expect(await store.connect(connection)).toEqual(at(0));
        expect(await store.get('a')).toEqual(clientOf(connection));
      });

      test('an ended connection is not returned as replaced', async () => {
        await connect('a', { connectionId: 'closed' });
        await store.disconnect('a', 'closed');
        expect(await store.connect(connectionOf('a', { connectionId: 'expired' }))).toEqual(at(0));
        clock.advance(SESSION_TTL_SECONDS * 1_000);
        expect(await store.connect(connectionOf('a', { connectionId: 'new' }))).toEqual(at(0));
      });
    });

    describe('disconnecting', () => {
      test('takes a client offline, once', async () => {
        const { connectionId } = await connect('a');
        expect(await store.disconnect('a', connectionId)).toBe(true);
        expect(await store.get('a')).toBeUndefined();
        expect(await store.getMany(['a'])).toEqual([]);
        expect(await listedIds(10)).toEqual([]);
        expect(await store.count()).toBe(0);
        expect(await store.disconnect('a', connectionId)).toBe(false);
      });

      test('of an unknown client does nothing', async () => {
        expect(await store.disconnect('nobody', 'c')).toBe(false);
        expect(await store.markGone('nobody', 'c')).toBe(false);
        expect(await store.get('nobody')).toBeUndefined();
      });

      test('late, for a replaced connection, leaves the newer one', async () => {
        await connect('a', { connectionId: 'old' });
        const newer = await connect('a', { connectionId: 'new' });
        expect(await store.disconnect('a', 'old')).toBe(false);
        expect(await store.markGone('a', 'old')).toBe(false);
        expect(await store.get('a')).toEqual(clientOf(newer));
      });

      test('a late message of a disconnected client counts, but does not bring it back', async () => {
        const connection = await connect('a');
        await store.disconnect('a', connection.connectionId);
        await store.receive(connection, now(), 'durable');
        expect(await store.get('a')).toBeUndefined();
        expect(await store.count()).toBe(0);
      });

      test('a late message does not bring back a client that was marked gone before it was disconnected', async () => {
        const connection = await connect('a');
        await store.markGone('a', connection.connectionId);
        expect(await store.disconnect('a', connection.connectionId)).toBe(false);
        await store.receive(connection, now(), 'durable');
        expect(await store.get('a')).toBeUndefined();
      });
    });

    describe('receiving', () => {
      test('counts a message and updates the last activity', async () => {
        const connection = await connect('a');
        clock.advance(1_500);
        await store.receive(connection, now(), 'transient');
        expect(await store.get('a')).toEqual(clientOf(connection, { messageCount: 1, lastActivity: now() }));
      });

      test('100 concurrent messages are all counted, and each gets its own position', async () => {
        const connection = await connect('a');
        const receipts = await Promise.all(
          Array.from({ length: 100 }, () => store.receive(connection, now(), 'durable')),
        );
        const positions = receipts.map(({ position }) => position);
        expect(await store.get('a')).toMatchObject({ messageCount: 100 });
        expect(positions.map(({ seq }) => seq).sort((one, other) => one - other)).toEqual(
          Array.from({ length: 100 }, (_, index) => index + 1),
        );
        expect(new Set(positions.map(({ epoch }) => epoch)).size).toBe(1);
      });

      test('only a durable message takes a position', async () => {
        const connection = await connect('a');
        expect(await store.receive(connection, now(), 'durable')).toMatchObject({ position: { seq: 1 } });
        expect(await store.receive(connection, now(), 'transient')).toMatchObject({ position: { seq: 1 } });
        expect(await store.receive(connection, now(), 'durable')).toMatchObject({ position: { seq: 2 } });
      });

      test('brings back a client that was marked gone', async () => {
        const connection = await connect('a');
        expect(await store.markGone('a', connection.connectionId)).toBe(true);
        expect(await store.get('a')).toBeUndefined();
        expect(await store.count()).toBe(0);
        clock.advance(10);
        await store.receive(connection, now(), 'durable');
        expect(await store.get('a')).toMatchObject({ ...connection, lastActivity: now() });
        expect(await listedIds(10)).toEqual(['a']);
        expect(await store.count()).toBe(1);
      });

      test('brings a client online even if its record is missing', async () => {
        const connection = connectionOf('a', { labels: ['acme'] });
        expect(await store.receive(connection, now(), 'durable')).toMatchObject({ position: { seq: 1 } });
        expect(await store.get('a')).toEqual(clientOf(connection, { messageCount: 1, ...at(1) }));
        expect(await listedIds(10)).toEqual(['a']);
      });

      test('on a replaced connection counts, and changes nothing else', async () => {
        const old = await connect('a', { connectionId: 'old' });
        clock.advance(1_000);
        const newer = await connect('a', { connectionId: 'new' });
        clock.advance(1_000);
        expect(await store.receive(old, now(), 'durable')).toMatchObject({ position: { seq: 1 } });
        expect(await store.get('a')).toEqual(clientOf(newer, { messageCount: 1, ...at(1) }));
        expect(await listedIds(10)).toEqual(['a']);
      });

      test('on a newer connection takes over from the older one', async () => {
        await connect('a', { connectionId: 'old' });
        clock.advance(1_000);
        const newer = connectionOf('a', { connectionId: 'new' });
        await store.receive(newer, now(), 'transient');
        expect(await store.get('a')).toMatchObject(newer);
        expect(await store.count()).toBe(1);
      });
    });

    describe('labels', () => {
      async function connectLabelled(): Promise<void> {
        await connect('a', { labels: ['acme', 'eu'] });
        await connect('b', { labels: ['bolt', 'eu'] });
        await connect('c', { labels: ['acme'] });
        await connect('d', { labels: ['eu'] });
        await connect('e');
      }

      async function idsOf(audience: ClientAudience, limit = 10, segment?: Segment): Promise<string[]> {
        const pages = await readPages((page) => store.list(audience, page, segment), limit);
        for (const rows of pages) expect(rows.length).toBeLessThanOrEqual(limit);
        return pages.flat().map(({ clientId }) => clientId);
      }

      test('a client belongs to the owner in its first label', async () => {
        await connectLabelled();
        expect((await idsOf({ kind: 'owner', label: 'acme' })).sort()).toEqual(['a', 'c']);
        expect(await idsOf({ kind: 'owner', label: 'eu' })).toEqual(['d']);
        expect(await idsOf({ kind: 'owner', label: 'none' })).toEqual([]);
        expect(await store.count({ kind: 'owner', label: 'acme' })).toBe(2);
        expect(await store.count({ kind: 'owner', label: 'acm' })).toBe(0);
      });

      test('a client is found by a label in any place', async () => {
        await connectLabelled();
        expect((await idsOf({ kind: 'label', label: 'eu' })).sort()).toEqual(['a', 'b', 'd']);
        expect(await store.count({ kind: 'label', label: 'eu' })).toBe(3);
        expect(await store.count()).toBe(5);
      });

      test('pages and segments return each client with a label once, wherever and however rare the label is', async () => {
        const ids = Array.from({ length: 40 }, (_, index) => `client-${index}`);
        const wanted = ids.filter((_, index) => index % 13 < 3).sort();
        await Promise.all(ids.map((id) => connect(id, { labels: wanted.includes(id) ? ['acme', 'rare'] : ['acme'] })));
        const rare: ClientAudience = { kind: 'label', label: 'rare' };
        for (const limit of [1, 2, 100]) expect((await idsOf(rare, limit)).sort()).toEqual(wanted);
        const shares = [];
        for (let index = 0; index < 4; index++) shares.push(...(await idsOf(rare, 2, { index, total: 4 })));
        expect(shares.sort()).toEqual(wanted);
      });

      test('clients are counted in total and by owner', async () => {
        await connectLabelled();
        expect(Object.fromEntries(await store.countLabels())).toEqual({ acme: 2, bolt: 1, eu: 3 });
        expect(Object.fromEntries(await store.countLabels({ kind: 'owner', label: 'acme' }))).toEqual({
          acme: 2,
          eu: 1,
        });
      });

      test('labels disappear with the connection, and return with it', async () => {
        const connection = await connect('a', { labels: ['acme'] });
        const owner: ClientAudience = { kind: 'owner', label: 'acme' };
        await store.markGone('a', connection.connectionId);
        expect(await idsOf(owner)).toEqual([]);
        await store.receive(connection, now(), 'transient');
        expect(await idsOf(owner)).toEqual(['a']);
        await store.disconnect('a', connection.connectionId);
        expect([await idsOf(owner), await store.count(owner)]).toEqual([[], 0]);
        await connect('a', { connectionId: 'other', labels: ['bolt'] });
        expect([await idsOf(owner), await store.count(owner)]).toEqual([[], 0]);
      });

      test('a newer connection without labels is not listed', async () => {
        await connect('a', { labels: ['acme'] });
        await connect('a', { connectionId: 'newer' });
        expect(await idsOf({ kind: 'owner', label: 'acme' })).toEqual([]);
      });

      test('a session that has ended is not counted', async () => {
        await connect('a', { labels: ['acme'] });
        clock.advance(SESSION_TTL_SECONDS * 1_000 + 1);
        expect(await store.count({ kind: 'owner', label: 'acme' })).toBe(0);
        expect(await idsOf({ kind: 'label', label: 'acme' })).toEqual([]);
      });

      test('pages and segments return each client of an owner once', async () => {
        const ids = Array.from({ length: 30 }, (_, index) => `client-${index}`);
        await Promise.all(ids.map((id, index) => connect(id, { labels: [index % 3 === 0 ? 'bolt' : 'acme'] })));
        const wanted = ids.filter((_, index) => index % 3 !== 0).sort();
        const owner: ClientAudience = { kind: 'owner', label: 'acme' };
        for (const limit of [1, 3, 100]) expect((await idsOf(owner, limit)).sort()).toEqual(wanted);
        const shares = [];
        for (let index = 0; index < 4; index++) shares.push(...(await idsOf(owner, 3, { index, total: 4 })));
        expect(shares.sort()).toEqual(wanted);
      });

      test.each(INVALID_CURSORS)('%s is not a cursor for the list of an owner', async (_, cursor) => {
        await connectLabelled();
        const list = store.list({ kind: 'owner', label: 'acme' }, { limit: 1, cursor });
        await expect(list).rejects.toThrow(InvalidCursorError);
      });
    });

    describe('the rate of a client', () => {
      /** The store's limit: see `RATE_LIMIT` */
      async function send(connection: ClientConnection, count: number, kind: MessageKind = 'transient') {
        const receipts: Receipt[] = [];
        for (let index = 0; index < count; index++) receipts.push(await store.receive(connection, now(), kind));
        return receipts;
      }

      test('accepts a burst, then says how long to wait', async () => {
        const connection = await connect('a');
        const receipts = await send(connection, RATE_LIMIT.burst + 40);
        expect(receipts[RATE_LIMIT.burst - 20]).toMatchObject({ retryAfterMs: 0, isFlood: false });
        const { retryAfterMs, isFlood } = receipts.at(-1) as Receipt;
        expect(retryAfterMs).toBeGreaterThan(0);
        expect(retryAfterMs).toBeLessThanOrEqual((1_000 / RATE_LIMIT.perSecond) * 41);
        expect(isFlood).toBe(false);
        clock.advance(retryAfterMs);
        expect(await store.receive(connection, now(), 'transient')).toMatchObject({ retryAfterMs: 0 });
      });

      test('is the one in its token, if the token names one', async () => {
        const connection = await connect('a');
        const slow = { ...connection, messageRate: 10 }; // so its burst is 20
        const receipts = await send(slow, 60);
        expect(receipts[0]).toMatchObject({ retryAfterMs: 0 });
        expect(receipts[59]?.retryAfterMs).toBeGreaterThan(0);
        const faster = { ...(await connect('b')), messageRate: 500 };
        expect((await send(faster, RATE_LIMIT.burst + 40)).every(({ retryAfterMs }) => retryAfterMs === 0)).toBe(true);
      });

      test('accepts messages at exactly this rate forever', async () => {
        const connection = await connect('a');
        for (let second = 0; second < 5; second++) {
          const receipts = await send(connection, RATE_LIMIT.perSecond);
          expect(receipts.filter(({ retryAfterMs }) => retryAfterMs > 0)).toEqual([]);
          clock.advance(1_000);
        }
      });

      test('also limits invalid messages, although they are not counted', async () => {
        const connection = await connect('a');
        const receipts = await send(connection, RATE_LIMIT.burst + 40, 'invalid');
        expect(receipts.at(-1)?.retryAfterMs).toBeGreaterThan(0);
        expect(await store.get('a')).toMatchObject({ messageCount: 0 });
        expect(await store.receive(connection, now(), 'durable')).toMatchObject({ position: { seq: 1 } });
      });

      test('reports a flood far above it', async () => {
        const connection = await connect('a');
        const receipts = await Promise.all(
          Array.from({ length: 5 * RATE_LIMIT.burst + 20 }, () => store.receive(connection, now(), 'transient')),
        );
        expect(receipts.some(({ isFlood }) => isFlood)).toBe(true);
      });

      test('is separate for each client', async () => {
        await send(await connect('a'), RATE_LIMIT.burst + 40);
        const [receipt] = await send(await connect('b'), 1);
        expect(receipt).toMatchObject({ retryAfterMs: 0 });
      });
    });

    describe('listing', () => {
      test('pages of 7 return each of 60 clients once', async () => {
        const ids = await connectMany(60);
        expect((await listedIds(7)).sort()).toEqual(ids);
      });

      test('5 segments together return each client once', async () => {
        const ids = await connectMany(60);
        const segments = await Promise.all([0, 1, 2, 3, 4].map((index) => listedIds(4, { index, total: 5 })));
        expect(segments.flat().sort()).toEqual(ids);
        expect(segments.filter((segment) => segment.length > 0).length).toBeGreaterThan(1);
      });

      test('clients that leave between two pages hide no others', async () => {
        await connectMany(20);
        const first = await store.list(EVERYBODY, { limit: 5 });
        for (const { clientId, connectionId } of first.rows) await store.disconnect(clientId, connectionId);
        const rest = await readPages(
          (page) => store.list(EVERYBODY, { ...page, cursor: page.cursor ?? first.cursor }),
          5,
        );
        expect(new Set([...first.rows, ...rest.flat()].map(({ clientId }) => clientId)).size).toBe(20);
      });

      test('250 clients are returned in order, without those that have left', async () => {
        await connectMany(250);
        await store.disconnect('client-3', 'client-3/conn=');
        const asked = Array.from({ length: 250 }, (_, index) => `client-${249 - index}`);
        const found = (await store.getMany([...asked, 'nobody'])).map(({ clientId }) => clientId);
        expect(found).toEqual(asked.filter((id) => id !== 'client-3'));
      });

      test('offline clients are not counted', async () => {
        await connectMany(30);
        await store.disconnect('client-3', 'client-3/conn=');
        await store.markGone('client-4', 'client-4/conn=');
        expect(await store.count()).toBe(28);
      });

      test.each(INVALID_CURSORS)('%s is not a cursor for clients', async (_, cursor) => {
        await connect('a');
        await expect(store.list(EVERYBODY, { limit: 10, cursor })).rejects.toThrow(InvalidCursorError);
      });

      test('an unknown well-formed cursor is rejected or answered, and does not fail in another way', async () => {
        await connectMany(20);
        for (const text of ['12345678', 'client-99', '{"client_id":"a"}', '\0']) {
          for (const cursor of [text, Buffer.from(text).toString('base64url')]) {
            for (const segment of [undefined, { index: 1, total: 5 }]) {
              const answer = await store
                .list(EVERYBODY, { limit: 10, cursor }, segment)
                .catch((error: unknown) => error);
              if (!(answer instanceof InvalidCursorError)) expect(answer).toMatchObject({ rows: expect.any(Array) });
            }
          }
        }
      });
    });

    describe('the end of a session', () => {
      test('removes a client from all lists', async () => {
        const { connectionId } = await connect('old');
        clock.advance((SESSION_TTL_SECONDS - 1) * 1_000);
        const young = await connect('young');
        expect(await store.count()).toBe(2);
        clock.advance(1_000);
        expect(await store.get('old')).toBeUndefined();
        expect(await store.getMany(['old', 'young'])).toEqual([clientOf(young)]);
        expect(await listedIds(1)).toEqual(['young']);
        expect(await store.count()).toBe(1);
        expect(await store.disconnect('old', connectionId)).toBe(false);
      });

      test('lets the client connect again', async () => {
        await connect('a');
        clock.advance(SESSION_TTL_SECONDS * 1_000);
        const again = await connect('a', { connectionId: 'again' });
        expect(await store.get('a')).toEqual(clientOf(again));
      });

      test('a page is not empty if ended sessions come before a live one', async () => {
        await connectMany(20);
        clock.advance(SESSION_TTL_SECONDS * 1_000);
        await connect('alive');
        const { rows } = await store.list(EVERYBODY, { limit: 3 });
        expect(rows.map(({ clientId }) => clientId)).toEqual(['alive']);
      });
    });
  });

  describeClientPositions(name, create);
}
