/** Groups of two partners: each reaches only its own clients through them, even if the team added others. */
import { call as httpCall } from '../../support/http';
import { TestClient } from '../../support/test-client';
import { eventually } from './eventually';
import type { Target } from './target';

/** What each target has to be set to. */
export const WATCHED_GROUPS = 'north:*';

/** @param target  as for partners */
export function partnerGroups(target: () => Target): void {
  describe('groups of two partners', () => {
    const keys: Record<string, string> = {};

    /** Of each partner, and of the team; all in the group `north:team`, and the partners' clients in their own groups. */
    const clients: Record<string, TestClient> = {};

    /** The greeting of each. */
    const starts: Record<string, Record<string, unknown>> = {};

    beforeAll(async () => {
      keys.first = target().apiKey as string;
      for (const partner of ['north', 'south']) {
        const key = { name: partner, scopes: ['read', 'push', 'tokens'], labels: [partner] };
        keys[partner] = (await as('first', 'POST /keys', key)).body.key;
        await connect(partner, partner, { groups: [`${partner}:team`] });
      }
      await connect('team', 'first', { groups: ['north:team'], may_join: ['*'] });
      expect((await as('first', `PUT /groups/north:team/clients/${idOf('south')}`)).status).toBe(204);
    });

    afterAll(async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    });

    function as(key: string, line: string, body?: object) {
      const [method = '', path = ''] = line.split(/ (.*)/s);
      return httpCall(method, target().httpUrl + path, body, { authorization: `Bearer ${keys[key]}` });
    }

    async function connect(name: string, key: string, token: object): Promise<void> {
      const { body } = await as(key, 'POST /tokens', token);
      const client = await TestClient.open(body.websocket_url);
      starts[name] = (await client.next()).data;
      clients[name] = client;
    }

    function idOf(name: string): string {
      return starts[name]?.client_id as string;
    }

    /** The frames a client has been sent so far: frames arrive in order, so they precede the answer. */
    async function received(name: string): Promise<string[]> {
      const client = clients[name] as TestClient;
      client.send({ type: 'ping' });
      const types: string[] = [];
      for (;;) {
        const { type } = await client.next();
        if (type === 'pong') return types;
        types.push(type);
      }
    }

    describe('GET /status?by=group', () => {
      it('counts a partner’s own connected clients in its own groups, and all clients for the team', async () => {
        const away = await as('north', 'POST /tokens', { groups: ['north:team'] });
        const gone = await TestClient.open(away.body.websocket_url);
        await gone.next();
        await gone.close();
        const counts = async (key: string) => (await as(key, 'GET /status?by=group')).body.groups;
        await eventually(async () => expect(await counts('first')).toMatchObject({ 'north:team': 3, 'south:team': 1 }));
        expect(await counts('north')).toEqual({ 'north:team': 1 });
        expect(await counts('south')).toEqual({ 'south:team': 1 });
        expect((await as('north', 'GET /status')).body).not.toHaveProperty('groups');
        expect((await as('first', 'GET /status?by=label')).body).not.toHaveProperty('groups');
        expect((await as('first', 'GET /status?by=owner')).status).toBe(422);
        await as('north', `DELETE /groups/north:team/clients/${away.body.client_id}`);
      });
    });

    describe('a partner’s message to its group', () => {
      it('reaches its own clients, and none that the team put into the group', async () => {
        const { status, body } = await as('north', 'POST /groups/north:team/messages', { message_type: 'one' });
        expect(status).toBe(200);
        expect(body).toMatchObject({ recipients: 1, delivered: 1 });
        expect(await received('north')).toEqual(['one']);
        expect(await received('south')).toEqual([]);
        expect(await received('team')).toEqual([]);
        expect((await as('north', `GET /broadcasts/${body.broadcast_id}`)).body).toMatchObject({ recipients: 1 });
        expect((await as('south', `GET /broadcasts/${body.broadcast_id}`)).status).toBe(404);
      });

      it('of the team reaches all members', async () => {
        const { body } = await as('first', 'POST /groups/north:team/messages', { message_type: 'two' });
        expect(body).toMatchObject({ recipients: 3, delivered: 3 });
        for (const name of ['north', 'south', 'team']) expect(await received(name)).toEqual(['two']);
        expect((await as('north', `GET /broadcasts/${body.broadcast_id}`)).status).toBe(404);
      });

      it.each([
        ['north', ['one', 'two']],
        ['south', ['two']],
        ['team', ['two']],
      ])('arrives with a resume of %s only if it was for that client', async (name, expected) => {
        const { epoch, seq, broadcast } = starts[name] as Record<string, unknown>;
        const answer = await clients[name]?.ask({ type: 'resume', data: { epoch, seq, broadcast } });
        expect(answer?.data.frames.map(({ type }: { type: string }) => type)).toEqual(expected);
      });
    });

    describe('a partner’s key', () => {
      it.each(['north', 'south'])('of %s lists only its own groups and members', async (partner) => {
        const groups = (await as(partner, 'GET /groups')).body.groups;
        expect(groups.map(({ group }: { group: string }) => group)).toEqual([`${partner}:team`]);
        const { clients: members } = (await as(partner, `GET /groups/${partner}:team/clients`)).body;
        expect(members).toEqual([{ client_id: idOf(partner), online: true, joined_at: expect.any(String) }]);
        const { body } = await as(partner, `GET /clients?group=${partner}:team`);
        expect(body).toMatchObject({ clients: [{ client_id: idOf(partner) }], total: 1 });
        expect((await as(partner, `GET /clients/${idOf(partner)}`)).body.groups).toEqual([`${partner}:team`]);
      });

      it('adds its clients to its groups, and removes them', async () => {
        const members = async () => (await as('north', 'GET /groups/north:eu/clients')).body.clients.length;
        expect((await as('north', `PUT /groups/north:eu/clients/${idOf('north')}`)).status).toBe(204);
        expect(await members()).toBe(1);
        expect((await as('north', `DELETE /groups/north:eu/clients/${idOf('north')}`)).status).toBe(204);
        expect(await members()).toBe(0);
        expect((await as('first', 'GET /audit?limit=1')).body.calls).toMatchObject([
          {
            key: 'north',
            call: 'DELETE /groups/{group}/clients/{client_id}',
            client_id: idOf('north'),
            target: 'north:eu',
          },
        ]);
      });

      it('sees a member that is offline', async () => {
        await connect('away', 'north', { groups: ['north:away'] });
        await clients.away?.close();
        const { clients: members } = (await as('north', 'GET /groups/north:away/clients')).body;
        expect(members).toMatchObject([{ client_id: idOf('away') }]);
      });
    });

    describe('a client of a partner that watches a group', () => {
      it('is shown and told of clients of its owner alone, and the number of all members', async () => {
        const group = 'north:watched';
        await connect('watcher', 'north', { groups: [group] });
        await connect('other', 'north', {});
        await as('first', `PUT /groups/${group}/clients/${idOf('south')}`);
        for (const name of ['south', 'watcher']) {
          const shown = await clients[name]?.ask({ type: 'watch_presence', data: { group } });
          expect(shown?.data).toMatchObject({ clients: [{ client_id: idOf(name), online: true }], members: 2 });
        }
        const watcher = clients.watcher as TestClient;
        await as('first', `PUT /groups/${group}/clients/${idOf('team')}`);
        await as('north', `PUT /groups/${group}/clients/${idOf('other')}`);
        const { data } = await watcher.nextOf('presence_changed');
        expect(data).toMatchObject({ group, online: [idOf('other')], offline: [], left: [] });
      });
    });
  });
}
