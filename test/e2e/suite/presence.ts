/** Presence as a client sees it: who is in a group, who is online, and what changes. */
import { randomUUID } from 'node:crypto';
import type { ReceivedFrame } from '../../support/test-client';
import type { ConformingClient } from './conforming-client';
import { eventually } from './eventually';
import type { UnderTest } from './under-test';

/** What each target of the suite must be configured with. */
export const PRESENCE_GROUPS = 'present:*';

const PUT = 'PUT /groups/{group}/clients/{client_id}';
const DELETE = 'DELETE /groups/{group}/clients/{client_id}';

export function presence({ connect, http }: UnderTest): void {
  const newGroup = () => `present:${randomUUID()}`;

  async function put(group: string, ...clientIds: string[]): Promise<void> {
    for (const client_id of clientIds) {
      expect((await http.call(PUT, { path: { group, client_id } })).status).toBe(204);
    }
  }

  const watch = (client: ConformingClient, group: string, more = {}) =>
    client.ask({ type: 'watch_presence', data: { group, ...more } });

  /** Frames until one reports this about a client. Others repeat what the client knows, or precede it. */
  async function told(client: ConformingClient, group: string, list: 'online' | 'offline' | 'left', clientId: string) {
    const isAbout = ({ type, data }: ReceivedFrame) =>
      type === 'presence_changed' && data.group === group && data[list].includes(clientId);
    return client.take(isAbout);
  }

  describe('a client that watches a group', () => {
    it('gets its members, online or not', async () => {
      const [client, away, group] = [await connect(), randomUUID(), newGroup()];
      await put(group, client.clientId, away);
      await eventually(async () => {
        const { type, data } = await watch(client, group);
        expect(type).toBe('presence_snapshot');
        expect(data).toMatchObject({ group, members: 2, has_more: false, watching: true });
        const online = Object.fromEntries(
          data.clients.map((one: { client_id: string; online: boolean }) => [one.client_id, one.online]),
        );
        expect(online).toEqual({ [client.clientId]: true, [away]: false });
      });
    });

    it('gets its members page by page, and their number', async () => {
      const [client, group] = [await connect(), newGroup()];
      const ids = [client.clientId, randomUUID(), randomUUID()];
      await put(group, ...ids);
      await eventually(async () => {
        const first = (await watch(client, group, { limit: 1 })).data;
        expect(first).toMatchObject({ members: 3, has_more: true });
        const found: string[] = [];
        let page = first;
        for (;;) {
          expect(page.clients.length).toBeLessThanOrEqual(1);
          found.push(...page.clients.map(({ client_id }: { client_id: string }) => client_id));
          if (!page.has_more) break;
          page = (await watch(client, group, { limit: 1, cursor: page.cursor })).data;
          expect(page).not.toHaveProperty('members');
        }
        expect(found.sort()).toEqual([...ids].sort());
      });
    });

    it('is told who joins, goes offline, reconnects and leaves', async () => {
      const join = { mayJoin: ['present:*'] };
      const [watcher, other, group] = [await connect(join), await connect(join), newGroup()];
      expect(await watcher.ask({ type: 'join', data: { group } })).toMatchObject({ type: 'joined' });
      expect((await watch(watcher, group)).data.watching).toBe(true);
      await other.ask({ type: 'join', data: { group } });
      await told(watcher, group, 'online', other.clientId);
      const { client_id: clientId, resume_token: resumeToken } = other.established.data;
      await other.close();
      await told(watcher, group, 'offline', clientId);
      await connect({ clientId, resumeToken });
      await told(watcher, group, 'online', clientId);
      await http.call(DELETE, { path: { group, client_id: clientId } });
      await told(watcher, group, 'left', clientId);
    });

    it('is told that a client disconnected by the team is offline', async () => {
      const [watcher, other, group] = [await connect(), await connect(), newGroup()];
      await put(group, watcher.clientId, other.clientId);
      await watch(watcher, group);
      const removed = await http.call('DELETE /clients/{client_id}', { path: { client_id: other.clientId } });
      expect(removed.status).toBe(204);
      await told(watcher, group, 'offline', other.clientId);
    });

    it('is told of many changes in few frames, each client once per frame', async () => {
      const [watcher, group] = [await connect(), newGroup()];
      const ids = Array.from({ length: 20 }, () => randomUUID());
      await put(group, watcher.clientId);
      await watch(watcher, group);
      await Promise.all(ids.map((id) => put(group, id)));
      const frames: ReceivedFrame[] = [];
      const seen = new Set<string>();
      while (!ids.every((id) => seen.has(id))) {
        const frame = await watcher.take(({ type, data }) => type === 'presence_changed' && data.group === group);
        frames.push(frame);
        const { online, offline, left } = frame.data;
        expect(new Set([...online, ...offline, ...left]).size).toBe(online.length + offline.length + left.length);
        for (const id of offline) seen.add(id);
      }
      expect(frames.length).toBeLessThan(ids.length);
    });

    it('is told nothing more once it has ended the watch or left the group', async () => {
      const [watcher, another, group] = [await connect(), await connect(), newGroup()];
      await put(group, watcher.clientId, another.clientId);
      await watch(watcher, group);
      await watch(another, group);
      const end = { type: 'unwatch_presence', data: { group } };
      expect(await watcher.ask(end)).toMatchObject({ type: 'presence_unwatched', data: { group } });
      expect(await watcher.ask(end)).toMatchObject({ type: 'presence_unwatched' });
      const stranger = randomUUID();
      await put(group, stranger);
      await told(another, group, 'offline', stranger);
      const named = watcher.received.filter(({ data }) => data.offline?.includes(stranger));
      expect(named).toEqual([]);
      await http.call(DELETE, { path: { group, client_id: another.clientId } });
      await eventually(async () => {
        const refused = await watch(another, group);
        expect(refused.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'data.group' }] });
      });
    });
  });

  describe('watch_presence', () => {
    it('is an error for another owner’s group, for a group without presence, and for invalid values', async () => {
      const [client, group] = [await connect(), newGroup()];
      const plain = `room:${randomUUID()}`;
      await put(plain, client.clientId);
      await put(group, client.clientId);
      const errorOf = async (data: object) => {
        const { type, data: error } = await client.ask({ type: 'watch_presence', data });
        expect([type, error.code]).toEqual(['error', 'invalid_message']);
        return error.details.map(({ path }: { path: string }) => path);
      };
      expect(await errorOf({ group: newGroup() })).toEqual(['data.group']);
      expect(await errorOf({ group: plain })).toEqual(['data.group']);
      expect(await errorOf({ group: 'a b' })).toEqual(['data.group']);
      expect(await errorOf({ group, cursor: 'nonsense' })).toEqual(['data.cursor']);
      expect(await errorOf({ group, limit: 0 })).toEqual(['data.limit']);
      expect(await errorOf({ group, limit: 101 })).toEqual(['data.limit']);
    });
  });
}

/** With access control. */
export function revokedPresence({ connect, http }: UnderTest): void {
  it('a client that watches a group is told that a client whose token was revoked is offline', async () => {
    const group = `present:${randomUUID()}`;
    const [watcher, other] = [await connect({ groups: [group] }), await connect({ groups: [group] })];
    await watcher.ask({ type: 'watch_presence', data: { group } });
    expect((await http.call('POST /revocations', { body: { client_id: other.clientId } })).status).toBe(202);
    await watcher.take(
      ({ type, data }) => type === 'presence_changed' && data.group === group && data.offline.includes(other.clientId),
    );
  });
}
