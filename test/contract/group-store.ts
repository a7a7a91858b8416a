/** What every GroupStore must do: one suite for all implementations. */
import { type GroupStore, MAX_GROUPS } from '../../lambdas/ports/group-store';
import { InvalidCursorError } from '../../lambdas/ports/page';
import type { FakeClock } from '../support/fake-clock';
import { INVALID_CURSORS, readPages } from './under-test';

export interface GroupStoreUnderTest {
  store: GroupStore;
  clock: FakeClock;
  close(): Promise<void>;
}

const names = (count: number, prefix = 'group') =>
  Array.from({ length: count }, (_, number) => `${prefix}-${String(number).padStart(3, '0')}`);

/** @param create  creates an empty store that nothing else uses */
export function describeGroupStore(name: string, create: () => Promise<GroupStoreUnderTest>): void {
  describe(`groups ${name}`, () => {
    let store: GroupStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    const groupsOf = async (clientId: string) => (await store.groupsOf(clientId)).map(({ group }) => group).sort();
    const idsIn = (rows: { clientId: string }[][]) =>
      rows
        .flat()
        .map(({ clientId }) => clientId)
        .sort();

    test('a client is in the groups that it joined, since it joined, and is listed in each', async () => {
      const joinedAt = new Date(clock.now()).toISOString();
      expect(await store.join('a', ['team-7', 'team-8'])).toEqual([]);
      clock.advance(1_000);
      await store.join('b', ['team-7']);
      const byName = (one: { group: string }, other: { group: string }) => (one.group < other.group ? -1 : 1);
      expect((await store.groupsOf('a')).sort(byName)).toEqual([
        { group: 'team-7', joinedAt },
        { group: 'team-8', joinedAt },
      ]);
      const { rows } = await store.members('team-7', { limit: 10 });
      expect(rows.find(({ clientId }) => clientId === 'a')).toEqual({ clientId: 'a', joinedAt });
      expect(idsIn([rows])).toEqual(['a', 'b']);
      expect((await store.members('team-8', { limit: 10 })).rows).toEqual([{ clientId: 'a', joinedAt }]);
    });

    test('a membership has the owner of the client that joined, if any', async () => {
      await store.join('a', ['g'], 'acme inc: 7');
      await store.join('a', ['g', 'h'], 'bolt');
      await store.join('a', ['i'], '');
      await store.join('b', ['g']);
      const owners = Object.fromEntries((await store.groupsOf('a')).map(({ group, owner }) => [group, owner]));
      expect(owners).toEqual({ g: 'acme inc: 7', h: 'bolt', i: '' });
      expect((await store.groupsOf('b'))[0]).not.toHaveProperty('owner');
    });

    test('all memberships are returned once', async () => {
      const ids = names(40, 'client');
      await Promise.all(ids.map((clientId) => store.join(clientId, ['g', 'h'])));
      await store.leave('client-000', 'h');
      const found: string[] = [];
      for (const { clientId, group } of await store.all()) found.push(`${clientId} ${group}`);
      const wanted = ids.flatMap((clientId) => [`${clientId} g`, `${clientId} h`]);
      expect(found.sort()).toEqual(wanted.filter((one) => one !== 'client-000 h'));
    });

    test('joining again changes nothing', async () => {
      await store.join('a', ['g']);
      const before = await store.groupsOf('a');
      clock.advance(1_000);
      expect(await store.join('a', ['g'])).toEqual([]);
      expect(await store.groupsOf('a')).toEqual(before);
      expect((await store.list({ limit: 10 })).rows).toEqual([{ group: 'g', members: 1 }]);
    });

    test('a client that has left is no longer a member, and may join again', async () => {
      await store.join('a', ['g', 'h']);
      expect(await store.leave('a', 'g')).toBe(true);
      expect(await store.leave('a', 'g')).toBe(false);
      expect(await store.leave('stranger', 'g')).toBe(false);
      expect(await groupsOf('a')).toEqual(['h']);
      expect((await store.members('g', { limit: 10 })).rows).toEqual([]);
      await store.join('a', ['g']);
      expect(await groupsOf('a')).toEqual(['g', 'h']);
    });

    test('a client without groups has none, and an unknown group has no members', async () => {
      await store.join('a', ['g']);
      expect(await store.groupsOf('b')).toEqual([]);
      expect(await store.groupsOf('')).toEqual([]);
      expect(await store.members('nobody', { limit: 10 })).toEqual({ rows: [] });
      expect(await store.list({ limit: 10, cursor: undefined })).toEqual({ rows: [{ group: 'g', members: 1 }] });
    });

    test(`a client can be in ${MAX_GROUPS} groups, and keeps those if it joins more`, async () => {
      const first = names(MAX_GROUPS - 2);
      await store.join('a', first);
      const more = names(4, 'more');
      expect(await store.join('a', more)).toEqual(more.slice(2));
      expect(await store.join('a', [...first.slice(0, 1), 'another'])).toEqual(['another']);
      expect(await groupsOf('a')).toEqual([...first, ...more.slice(0, 2)].sort());
      expect((await store.members('another', { limit: 10 })).rows).toEqual([]);
    });

    test(`concurrent calls give no client more than ${MAX_GROUPS} groups`, async () => {
      await Promise.all(names(2 * MAX_GROUPS).map((group) => store.join('a', [group])));
      const own = await groupsOf('a');
      expect(own.length).toBeLessThanOrEqual(MAX_GROUPS);
      const listed = (await readPages((page) => store.list(page), 7)).flat();
      expect(listed).toEqual(own.map((group) => ({ group, members: 1 })));
    });

    test('members are returned page by page, each once', async () => {
      const ids = names(60, 'client');
      await Promise.all(ids.map((clientId) => store.join(clientId, ['g', `own-${clientId}`])));
      expect(idsIn(await readPages((page) => store.members('g', page), 7))).toEqual(ids);
      expect(idsIn(await readPages((page) => store.members('g', page), 100))).toEqual(ids);
    });

    test.each([1, 2, 16])('%j segments together return each member once', async (total) => {
      const ids = names(60, 'client');
      await Promise.all(ids.map((clientId) => store.join(clientId, ['g'])));
      const segments = Array.from({ length: total }, (_, index) =>
        readPages((page) => store.members('g', page, { index, total }), 5),
      );
      expect(idsIn((await Promise.all(segments)).flat())).toEqual(ids);
    });

    test('groups are listed by name with their number of members, as long as they have any', async () => {
      for (const [at, group] of names(9).entries()) {
        await Promise.all(names(at + 1, 'client').map((clientId) => store.join(clientId, [group])));
      }
      await store.leave('client-000', 'group-000');
      await store.leave('client-001', 'group-008');
      const expected = names(9).map((group, at) => ({ group, members: at === 8 ? 8 : at + 1 }));
      expect((await readPages((page) => store.list(page), 4)).flat()).toEqual(expected.slice(1));
      expect(await store.count('group-008')).toBe(8);
      expect(await store.count('group-000')).toBe(0);
    });

    test('a list by prefix only has groups with that prefix, whatever the cursor', async () => {
      for (const group of ['acme', 'acme-eu:a', 'acme:', 'acme:a', 'acme:b', 'acme:z', 'acmf:a', 'bolt:a', 'zoo']) {
        await store.join(`in-${group}`, [group]);
      }
      const own = async (prefix: string, limit: number) =>
        (await readPages((page) => store.list(page, prefix), limit)).flat().map(({ group }) => group);
      expect(await own('acme:', 10)).toEqual(['acme:', 'acme:a', 'acme:b', 'acme:z']);
      expect(await own('acme:', 1)).toEqual(['acme:', 'acme:a', 'acme:b', 'acme:z']);
      expect(await own('nobody:', 10)).toEqual([]);
      for (const prefix of ['', 'bolt:']) {
        let page = await store.list({ limit: 1 }, prefix);
        while (page.cursor !== undefined) {
          const { rows } = await store.list({ limit: 10, cursor: page.cursor }, 'acme:');
          for (const { group } of rows) expect(group).toMatch(/^acme:/);
          page = await store.list({ limit: 1, cursor: page.cursor }, prefix);
        }
      }
    });

    test.each(INVALID_CURSORS)('both lists refuse a cursor that is %s', async (_, cursor) => {
      await store.join('a', ['g']);
      await expect(store.members('g', { limit: 10, cursor })).rejects.toThrow(InvalidCursorError);
      await expect(store.list({ limit: 10, cursor })).rejects.toThrow(InvalidCursorError);
    });
  });
}
