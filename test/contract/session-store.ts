/** What every SessionStore holds to, of sessions; of histories see `session-history.ts`. One suite for all implementations. */
import { SESSION_TTL_SECONDS } from '../../lambdas/protocol/limits';
import { isoTime } from '../../lambdas/runtime';
import {
  InvalidCursorError,
  type Segment,
  type Session,
  type SessionStore,
} from '../../lambdas/sessions/session-store';
import type { FakeClock } from '../support/fake-clock';
import { describeSessionHistory } from './session-history';
import { type CreateSessionStore, INVALID_CURSORS, readPages } from './under-test';

export function describeSessionStore(name: string, create: CreateSessionStore): void {
  describe(`sessions ${name}`, () => {
    let store: SessionStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    function sessionOf(clientId: string, changes: Partial<Session> = {}): Session {
      const now = isoTime(clock.now());
      return {
        clientId,
        connectionId: `${clientId}/conn=`,
        connectedAt: now,
        lastActivity: now,
        messageCount: 0,
        ...changes,
      };
    }

    async function open(clientId: string, changes?: Partial<Session>): Promise<Session> {
      const session = sessionOf(clientId, changes);
      await store.open(session);
      return session;
    }

    async function openMany(count: number): Promise<string[]> {
      const ids = Array.from({ length: count }, (_, index) => `client-${index}`);
      await Promise.all(ids.map((id) => open(id)));
      return ids.sort();
    }

    async function listedIds(limit: number, segment?: Segment): Promise<string[]> {
      const pages = await readPages((page) => store.list(page, segment), limit);
      for (const rows of pages) expect(rows.length).toBeLessThanOrEqual(limit);
      return pages.flat().map(({ clientId }) => clientId);
    }

    test('a session that was opened can be read, whole', async () => {
      const session = await open('a');
      expect(await store.get('a')).toEqual(session);
      expect(await store.list({ limit: 10 })).toMatchObject({ rows: [session] });
    });

    test('a client that is not connected has no session', async () => {
      expect(await store.get('nobody')).toBeUndefined();
      expect(await listedIds(10)).toEqual([]);
      expect(await store.count()).toBe(0);
    });

    test.each([
      ['empty', ''],
      ['of 3,000 characters', 'x'.repeat(3_000)],
      ['half a character', '\ud800'],
    ])('an id that no client can have (%s) has no session and no history', async (_, id) => {
      expect(await store.get(id)).toBeUndefined();
      expect(await store.history(id, { limit: 10 })).toEqual({ rows: [] });
    });

    test('what the caller does to its own copy changes nothing in the store', async () => {
      const session = await open('a');
      session.messageCount = 99;
      const read = await store.get('a');
      if (read) read.messageCount = 77;
      expect(await store.get('a')).toMatchObject({ messageCount: 0 });
    });

    test('a newer connection of the same client replaces its session', async () => {
      expect(await store.open(sessionOf('a', { connectionId: 'old', messageCount: 5 }))).toBeUndefined();
      const newer = sessionOf('a', { connectionId: 'new' });
      expect(await store.open(newer)).toBe('old');
      expect(await store.get('a')).toEqual(newer);
      expect(await store.count()).toBe(1);
    });

    test('a session that is opened again on its own connection has replaced none', async () => {
      const session = await open('a');
      expect(await store.open(session)).toBeUndefined();
      expect(await store.get('a')).toEqual(session);
    });

    test('a session that has ended is replaced by none', async () => {
      await open('a', { connectionId: 'closed' });
      await store.close('a', 'closed');
      expect(await store.open(sessionOf('a', { connectionId: 'expired' }))).toBeUndefined();
      clock.advance(SESSION_TTL_SECONDS * 1_000);
      expect(await store.open(sessionOf('a', { connectionId: 'new' }))).toBeUndefined();
    });

    test('closing ends the session, once', async () => {
      const { connectionId } = await open('a');
      expect(await store.close('a', connectionId)).toBe(true);
      expect(await store.get('a')).toBeUndefined();
      expect(await store.count()).toBe(0);
      expect(await store.close('a', connectionId)).toBe(false);
    });

    test('a late close of the old connection leaves the newer session', async () => {
      await open('a', { connectionId: 'old' });
      const newer = await open('a', { connectionId: 'new' });
      expect(await store.close('a', 'old')).toBe(false);
      expect(await store.get('a')).toEqual(newer);
    });

    test('a touch counts one message and moves the last activity', async () => {
      const session = await open('a');
      clock.advance(1_500);
      const at = isoTime(clock.now());
      expect(await store.touch('a', session.connectionId, at)).toBe(true);
      expect(await store.get('a')).toEqual({ ...session, messageCount: 1, lastActivity: at });
    });

    test('a touch never brings a session back, nor counts for another connection', async () => {
      const at = isoTime(clock.now());
      expect(await store.touch('a', 'conn', at)).toBe(false);
      expect(await store.get('a')).toBeUndefined();
      const session = await open('a', { connectionId: 'new' });
      expect(await store.touch('a', 'old', isoTime(clock.now() + 1_000))).toBe(false);
      expect(await store.get('a')).toEqual(session);
      await store.close('a', 'new');
      expect(await store.touch('a', 'new', at)).toBe(false);
      expect(await store.count()).toBe(0);
    });

    test('of 100 touches at once none is lost', async () => {
      const { connectionId } = await open('a');
      const at = isoTime(clock.now());
      const touched = await Promise.all(Array.from({ length: 100 }, () => store.touch('a', connectionId, at)));
      expect(touched).toEqual(Array(100).fill(true));
      expect(await store.get('a')).toMatchObject({ messageCount: 100 });
    });

    test('60 sessions paged by 7 come once each', async () => {
      const ids = await openMany(60);
      expect((await listedIds(7)).sort()).toEqual(ids);
    });

    test('5 segments hold each session once together', async () => {
      const ids = await openMany(60);
      const segments = await Promise.all([0, 1, 2, 3, 4].map((index) => listedIds(4, { index, total: 5 })));
      expect(segments.flat().sort()).toEqual(ids);
      expect(segments.filter((segment) => segment.length > 0).length).toBeGreaterThan(1);
    });

    test('a session that ends between two pages loses no other', async () => {
      await openMany(20);
      const first = await store.list({ limit: 5 });
      for (const { clientId, connectionId } of first.rows) await store.close(clientId, connectionId);
      const rest = await readPages((page) => store.list({ ...page, cursor: page.cursor ?? first.cursor }), 5);
      expect(new Set([...first.rows, ...rest.flat()].map(({ clientId }) => clientId)).size).toBe(20);
    });

    test('the count is that of the sessions that live', async () => {
      await openMany(30);
      await store.close('client-3', 'client-3/conn=');
      expect(await store.count()).toBe(29);
    });

    test('a session past its end is absent everywhere', async () => {
      const { connectionId } = await open('old');
      clock.advance((SESSION_TTL_SECONDS - 1) * 1_000);
      const young = await open('young');
      expect(await store.count()).toBe(2);
      clock.advance(1_000);
      expect(await store.get('old')).toBeUndefined();
      expect(await listedIds(1)).toEqual(['young']);
      expect(await store.count()).toBe(1);
      expect(await store.touch('old', connectionId, isoTime(clock.now()))).toBe(false);
      expect(await store.close('old', connectionId)).toBe(false);
      expect(await store.get('young')).toEqual(young);
    });

    test('a client whose session ran out can open another', async () => {
      await open('a');
      clock.advance(SESSION_TTL_SECONDS * 1_000);
      const again = await open('a', { connectionId: 'again' });
      expect(await store.get('a')).toEqual(again);
      expect(await store.touch('a', 'again', again.lastActivity)).toBe(true);
    });

    test('a page is not empty where sessions that ended come before one that lives', async () => {
      await openMany(20);
      clock.advance(SESSION_TTL_SECONDS * 1_000);
      await open('alive');
      const { rows } = await store.list({ limit: 3 });
      expect(rows.map(({ clientId }) => clientId)).toEqual(['alive']);
    });

    test.each(INVALID_CURSORS)('%s is no cursor of the sessions', async (_, cursor) => {
      await open('a');
      await expect(store.list({ limit: 10, cursor })).rejects.toThrow(InvalidCursorError);
    });

    test('a well-formed cursor from nowhere is refused or answered, and nothing worse', async () => {
      await openMany(20);
      for (const text of ['12345678', 'client-99', '{"client_id":"a"}', '\0']) {
        for (const cursor of [text, Buffer.from(text).toString('base64url')]) {
          for (const segment of [undefined, { index: 1, total: 5 }]) {
            const answer = await store.list({ limit: 10, cursor }, segment).catch((error: unknown) => error);
            if (!(answer instanceof InvalidCursorError)) expect(answer).toMatchObject({ rows: expect.any(Array) });
          }
        }
      }
    });
  });

  describeSessionHistory(name, create);
}
