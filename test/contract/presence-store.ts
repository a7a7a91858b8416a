/** What every PresenceStore must do: one suite for all implementations. */
import { LOST_AFTER_MS, type PresenceStore } from '../../lambdas/ports/presence-store';
import type { FakeClock } from '../support/fake-clock';

/** The limit of the store under test. */
export const MAX_WATCHERS = 3;

export interface PresenceStoreUnderTest {
  store: PresenceStore;
  clock: FakeClock;
  close(): Promise<void>;
}

/** @param create  creates an empty store that nothing else uses */
export function describePresenceStore(name: string, create: () => Promise<PresenceStoreUnderTest>): void {
  describe(`presence ${name}`, () => {
    let store: PresenceStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    test('a group is watched by the clients that asked, each on its last connection, with their owners', async () => {
      expect(await store.isWatched('g')).toBe(false);
      expect(await store.watch('g', { clientId: 'a', connectionId: 'a1=' })).toBe(true);
      expect(await store.watch('g', { clientId: 'a', connectionId: 'a2=' })).toBe(true);
      await store.watch('g', { clientId: 'b', connectionId: 'b1=', owner: 'acme inc' });
      expect(await store.isWatched('g')).toBe(true);
      expect(await store.isWatched('g2')).toBe(false);
      const watches = await store.watches('g');
      expect(watches.sort((one, other) => (one.clientId < other.clientId ? -1 : 1))).toEqual([
        { clientId: 'a', connectionId: 'a2=' },
        { clientId: 'b', connectionId: 'b1=', owner: 'acme inc' },
      ]);
    });

    test('a watch can be ended, but not by a connection that has been replaced', async () => {
      await store.watch('g', { clientId: 'a', connectionId: 'new' });
      await store.unwatch('g', 'a', 'old');
      expect(await store.isWatched('g')).toBe(true);
      await store.unwatch('g', 'a', 'new');
      await store.unwatch('g', 'a', 'new');
      await store.unwatch('g', 'stranger');
      expect(await store.isWatched('g')).toBe(false);
      await store.watch('g', { clientId: 'a', connectionId: 'new' });
      await store.unwatch('g', 'a');
      expect(await store.watches('g')).toEqual([]);
    });

    test('a group has a maximum number of watchers, and one of them may watch again', async () => {
      const ids = Array.from({ length: MAX_WATCHERS }, (_, number) => `client-${number}`);
      for (const clientId of ids) expect(await store.watch('g', { clientId, connectionId: 'c' })).toBe(true);
      expect(await store.watch('g', { clientId: 'client-0', connectionId: 'new' })).toBe(true);
      expect(await store.watch('g', { clientId: 'late', connectionId: 'c' })).toBe(false);
      expect(await store.watches('g')).toHaveLength(MAX_WATCHERS);
      await store.unwatch('g', 'client-0');
      expect(await store.watch('g', { clientId: 'late', connectionId: 'c' })).toBe(true);
    });

    /** Reads and removes all changes. */
    async function take(group: string) {
      const { changes, remove } = await store.noted(group);
      return { changes, isLeft: await remove() };
    }

    test('changes are found until they are removed, the last one of each client', async () => {
      await store.note('g', 'a', 'member');
      await store.note('g', 'b', 'member');
      await store.note('g', 'b', 'left');
      await store.note('other', 'c', 'member');
      const changes = new Map([
        ['a', 'member'],
        ['b', 'left'],
      ]);
      expect((await store.noted('g')).changes).toEqual(changes);
      expect(await take('g')).toEqual({ changes, isLeft: false });
      expect(await take('g')).toEqual({ changes: new Map(), isLeft: false });
      expect(await take('other')).toEqual({ changes: new Map([['c', 'member']]), isLeft: false });
    });

    test('a change noted while another of the same client is being sent stays, even if it is equal, and gets a task', async () => {
      await store.note('g', 'a', 'member');
      await store.note('g', 'b', 'left');
      const { remove } = await store.noted('g');
      const isStarted = await store.note('g', 'a', 'member');
      const isLeft = await remove();
      expect([isStarted, isLeft].filter(Boolean)).toHaveLength(1);
      expect(await take('g')).toEqual({ changes: new Map([['a', 'member']]), isLeft: false });
      expect(await store.note('g', 'a', 'left')).toBe(true);
    });

    test('more changes than fit into one write are all removed', async () => {
      const ids = Array.from({ length: 300 }, () => 'busy');
      for (const clientId of ids) await store.note('g', clientId, 'member');
      await store.note('g', 'busy', 'left');
      expect((await take('g')).changes).toEqual(new Map([['busy', 'left']]));
      expect((await take('g')).changes).toEqual(new Map());
    });

    test('of many concurrent callers with changes, one has to start the task, and no change is lost', async () => {
      const ids = Array.from({ length: 100 }, (_, number) => `client-${number}`);
      const starts = await Promise.all(ids.map((clientId) => store.note('g', clientId, 'member')));
      expect(starts.filter(Boolean)).toHaveLength(1);
      expect([...(await take('g')).changes.keys()].sort()).toEqual([...ids].sort());
      expect(await store.note('g', 'a', 'member')).toBe(true);
    });

    test('changes noted while others are taken are found by this task or by another one', async () => {
      const seen: string[] = [];
      await store.note('g', 'first', 'member');
      const ids = Array.from({ length: 60 }, (_, number) => `client-${number}`);
      let starts = 0;
      const noting = Promise.all(
        ids.map(async (clientId) => {
          if (await store.note('g', clientId, 'member')) starts += 1;
        }),
      );
      const first = await take('g');
      seen.push(...first.changes.keys());
      if (first.isLeft) starts += 1;
      await noting;
      const rest = [...(await take('g')).changes.keys()];
      expect(new Set([...seen, ...rest])).toEqual(new Set(['first', ...ids]));
      if (rest.length > 0) expect(starts).toBeGreaterThan(0);
    });

    test('a task that never reads the changes counts as lost, and another one is started', async () => {
      expect(await store.note('g', 'a', 'member')).toBe(true);
      clock.advance(LOST_AFTER_MS);
      expect(await store.note('g', 'a', 'member')).toBe(false);
      clock.advance(1);
      expect(await store.note('g', 'a', 'member')).toBe(true);
      expect(await store.note('g', 'a', 'member')).toBe(false);
    });
  });
}
