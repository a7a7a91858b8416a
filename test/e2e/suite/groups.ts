/** Groups: their members, messages to them, and what an offline member gets later. */
import { randomUUID } from 'node:crypto';
import { MAX_GROUPS } from '../../../lambdas/ports/group-store';
import type { ConformingClient } from './conforming-client';
import { eventually } from './eventually';
import type { UnderTest } from './under-test';

const SEND = 'POST /groups/{group}/messages';
const PUT = 'PUT /groups/{group}/clients/{client_id}';
const DELETE = 'DELETE /groups/{group}/clients/{client_id}';
const MEMBERS = 'GET /groups/{group}/clients';

export function groups({ connect, http, target }: UnderTest): void {
  const newGroup = () => `room:${randomUUID()}`;

  /** The same client on another connection. */
  function again({ established }: ConformingClient, groups?: string[]): Promise<ConformingClient> {
    const { client_id: clientId, resume_token: resumeToken } = established.data;
    return connect({ clientId, resumeToken, groups });
  }

  async function put(group: string, ...clientIds: string[]): Promise<void> {
    for (const client_id of clientIds) {
      expect((await http.call(PUT, { path: { group, client_id } })).status).toBe(204);
    }
  }

  async function membersOf(group: string): Promise<{ client_id: string; online: boolean }[]> {
    return (await http.call(MEMBERS, { path: { group } })).body.clients;
  }

  /** Its answer, once all recipients are visible: the index of members may lag a moment. */
  async function send(group: string, body: object, recipients: number) {
    await eventually(async () =>
      expect((await membersOf(group)).filter(({ online }) => online)).toHaveLength(recipients),
    );
    return (await http.call(SEND, { path: { group }, body })).body;
  }

  async function askResume(client: ConformingClient, before: ConformingClient) {
    const { epoch, seq, broadcast } = before.established.data;
    return (await client.ask({ type: 'resume', data: { epoch, seq, broadcast } })).data;
  }

  describe('a group', () => {
    it('shows the number of its connected members in the status', async () => {
      const [one, other, group] = [await connect(), await connect(), newGroup()];
      await put(group, one.clientId, other.clientId, randomUUID());
      await eventually(async () => {
        const { body } = await http.call('GET /status', { query: { by: 'group' } });
        expect(body.groups).toMatchObject({ [group]: 2 });
      });
    });

    it('has the clients that the team adds, online or not, until the team removes them', async () => {
      const [client, stranger, group] = [await connect(), randomUUID(), newGroup()];
      await put(group, client.clientId, stranger, stranger);
      await eventually(async () => {
        const members = await membersOf(group);
        const online = Object.fromEntries(members.map((one) => [one.client_id, one.online]));
        expect(online).toEqual({ [client.clientId]: true, [stranger]: false });
      });
      const { body } = await http.call('GET /groups', { query: { limit: 1_000 } });
      expect(body.groups).toContainEqual({ group, members: 2 });
      for (const client_id of [stranger, stranger, client.clientId]) {
        expect((await http.call(DELETE, { path: { group, client_id } })).status).toBe(204);
      }
      await eventually(async () => expect(await membersOf(group)).toEqual([]));
      const after = await http.call('GET /groups', { query: { limit: 1_000 } });
      expect(after.body.groups).not.toContainEqual(expect.objectContaining({ group }));
    });

    it('filters the list of clients, and is shown with each of its clients', async () => {
      const [client, other, group] = [await connect(), await connect(), newGroup()];
      await put(group, client.clientId, other.clientId, randomUUID());
      const list = async (query: object) => (await http.call('GET /clients', { query: { group, ...query } })).body;
      await eventually(async () => expect(await list({})).toMatchObject({ clients: [{}, {}], total: 2 }));
      const pages = [];
      for (let cursor: string | undefined, at = 0; at === 0 || cursor !== undefined; at += 1) {
        const page: { clients: { client_id: string }[]; total: number; next_cursor?: string } = await list({
          limit: 1,
          ...(cursor !== undefined && { cursor }),
        });
        expect(page.total).toBe(2);
        pages.push(...page.clients.map(({ client_id }) => client_id));
        cursor = page.next_cursor;
      }
      expect(pages.sort()).toEqual([client.clientId, other.clientId].sort());
      const path = { client_id: client.clientId };
      expect((await http.call('GET /clients/{client_id}', { path })).body.groups).toEqual([group]);
      expect((await http.call('GET /clients', { query: { group: newGroup() } })).body).toMatchObject({
        clients: [],
        total: 0,
      });
      expect((await http.call('GET /clients', { query: { group, label: 'acme' } })).status).toBe(422);
      await client.close();
      await eventually(async () => expect(await list({})).toMatchObject({ total: 1 }));
    });

    it('is listed page by page, and so are its members', async () => {
      const [group, ids] = [newGroup(), [randomUUID(), randomUUID(), randomUUID()].sort()];
      await put(group, ...ids);
      await eventually(async () => expect(await membersOf(group)).toHaveLength(3));
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: 1, ...(cursor !== undefined && { cursor }) };
        const { body } = await http.call(MEMBERS, { path: { group }, query });
        found.push(...body.clients.map(({ client_id }: { client_id: string }) => client_id));
        cursor = body.next_cursor;
      } while (cursor !== undefined);
      expect(found.sort()).toEqual(ids);
      const first = await http.call('GET /groups', { query: { limit: 1 } });
      expect(first.body.groups).toHaveLength(1);
      await http.problem('invalid_request', 'GET /groups', { query: { cursor: 'nonsense' } });
      await http.problem('invalid_request', MEMBERS, { path: { group }, query: { cursor: 'nonsense' } });
    });

    it.each(['a b', 'ä', 'x'.repeat(129), 'a#b'])('cannot be called %j', async (group) => {
      const { body } = await http.problem('invalid_request', PUT, { path: { group, client_id: randomUUID() } });
      expect(body.errors).toEqual([{ path: 'group', message: expect.stringContaining('expected 1 to 128 of') }]);
    });

    it.each(['record#revocation', 'record#key', 'audit#calls', 'groups#3', 'ä', '..%00'])(
      'cannot contain a client called %j, which is not a valid id',
      async (client_id) => {
        const group = newGroup();
        for (const call of [PUT, DELETE] as const) {
          const { body } = await http.problem('invalid_request', call, { path: { group, client_id } });
          expect(body.errors).toMatchObject([{ path: 'client_id' }]);
        }
        await (await connect()).expectOpen();
      },
    );

    it(`refuses a client that already has ${MAX_GROUPS} groups`, async () => {
      const client_id = randomUUID();
      for (let count = 0; count < MAX_GROUPS; count++) await put(newGroup(), client_id);
      await http.problem('too_many_groups', PUT, { path: { group: newGroup(), client_id } });
    });
  });

  describe(SEND, () => {
    it('reaches the members that are online, and nobody else, and returns how many', async () => {
      const [one, two, other, group] = [await connect(), await connect(), await connect(), newGroup()];
      await put(group, one.clientId, two.clientId, randomUUID());
      const answer = await send(group, { message_type: 'news', data: { number: 1 } }, 2);
      expect(answer).toMatchObject({ status: 'success', recipients: 2, delivered: 2, gone: 0 });
      for (const client of [one, two]) {
        const frame = await client.takeId(answer.message_id);
        expect(frame).toMatchObject({ type: 'news', data: { number: 1 }, group, broadcast: expect.any(String) });
        expect(frame).not.toHaveProperty('seq');
      }
      await other.expectOpen();
      expect(other.received.filter(({ message_id }) => message_id === answer.message_id)).toEqual([]);
      const { broadcast_id } = answer;
      const { body } = await http.call('GET /broadcasts/{broadcast_id}', { path: { broadcast_id } });
      expect(body).toMatchObject({ status: 'completed', recipients: 2, delivered: 2, failed: 0 });
    });

    it('sends content as a chat_message', async () => {
      const [client, group] = [await connect(), newGroup()];
      await put(group, client.clientId);
      const { message_id } = await send(group, { content: 'hello' }, 1);
      expect(await client.takeId(message_id)).toMatchObject({
        type: 'chat_message',
        data: { content: 'hello', from_api: true },
      });
    });

    it('reaches nobody in an empty group', async () => {
      const { body } = await http.call(SEND, { path: { group: newGroup() }, body: { content: 'hello' } });
      expect(body).toMatchObject({ recipients: 0, delivered: 0 });
    });

    it.each([
      [{}, 'message_type'],
      [{ data: {} }, 'message_type'],
      [{ content: 'x', data: {} }, 'data'],
      [{ content: 'x', message_type: 'news' }, 'message_type'],
      [{ message_type: 'resumed', data: {} }, 'message_type'],
      [{ content: 7 }, 'content'],
    ])('answers 422 to %j', async (body, field) => {
      const problem = await http.problem('invalid_request', SEND, { path: { group: newGroup() }, body });
      expect(problem.body.errors.map(({ path }: { path: string }) => path)).toEqual([field]);
    });
  });

  describe('an offline member', () => {
    it('later gets what was sent to its groups, in order with broadcasts, and nothing of other groups', async () => {
      const [client, group, another] = [await connect(), newGroup(), newGroup()];
      await put(group, client.clientId);
      await client.close();
      await eventually(async () => expect((await membersOf(group))[0]?.online).toBe(false));
      const sent = [
        (await http.call(SEND, { path: { group }, body: { content: 'one' } })).body,
        (await http.call('POST /broadcast', { body: { message_type: 'news' } })).body,
        (await http.call(SEND, { path: { group: another }, body: { content: 'not for it' } })).body,
        (await http.call(SEND, { path: { group }, body: { content: 'two' } })).body,
      ].map(({ message_id }) => message_id);
      const next = await again(client);
      const { recovered, frames } = await askResume(next, client);
      const got = frames.map(({ message_id }: { message_id: string }) => message_id);
      expect(recovered).toBe(true);
      expect(got.filter((id: string) => sent.includes(id))).toEqual([sent[0], sent[1], sent[3]]);
      expect(await membersOf(group)).toMatchObject([{ client_id: client.clientId, online: true }]);
    });

    it('gets nothing from before it joined, and nothing after it left', async () => {
      const [client, group] = [await connect(), newGroup()];
      await client.close();
      const before = (await http.call(SEND, { path: { group }, body: { content: 'too early' } })).body;
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // the clocks of two servers may differ by a second
      await put(group, client.clientId);
      const during = (await http.call(SEND, { path: { group }, body: { content: 'for it' } })).body;
      const idsIn = ({ frames }: { frames: { message_id: string }[] }) => frames.map(({ message_id }) => message_id);
      const next = await again(client);
      expect(idsIn(await askResume(next, client))).toContain(during.message_id);
      expect(idsIn(await askResume(next, client))).not.toContain(before.message_id);
      await http.call(DELETE, { path: { group, client_id: client.clientId } });
      expect(idsIn(await askResume(next, client))).not.toContain(during.message_id);
    });
  });

  describe('join and leave', () => {
    it('add a client to a group that it may join, and remove it', async () => {
      const [client, group] = [await connect({ mayJoin: ['room:*'] }), newGroup()];
      const join = { type: 'join', data: { group }, message_id: 'j' };
      expect(await client.ask(join)).toMatchObject({ type: 'joined', data: { group }, reply_to: 'j' });
      expect(await client.ask(join)).toMatchObject({ type: 'joined', data: { group } });
      const { message_id } = await send(group, { content: 'hello' }, 1);
      expect((await client.takeId(message_id)).group).toBe(group);
      expect(await client.ask({ type: 'leave', data: { group } })).toMatchObject({ type: 'left', data: { group } });
      await eventually(async () => expect(await membersOf(group)).toEqual([]));
    });

    it('are an error for an invalid group name, and above the maximum of groups', async () => {
      const client = await connect({ mayJoin: ['*'] });
      const wrong = await client.ask({ type: 'join', data: { group: 'a b' } });
      expect(wrong.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'data.group' }] });
      for (let count = 0; count < MAX_GROUPS; count++) await put(newGroup(), client.clientId);
      const full = await client.ask({ type: 'join', data: { group: newGroup() } });
      expect(full.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'data.group' }] });
      expect(full.data.error).toContain(`${MAX_GROUPS} groups`);
    });

    it('are an error for a group that the token does not allow', async () => {
      if (target().apiKey === undefined) return; // without access control, a client may join any group
      const client = await connect({ mayJoin: ['team-7', 'room:*'] });
      for (const type of ['join', 'leave']) {
        const answer = await client.ask({ type, data: { group: 'team-77' } });
        expect(answer.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'data.group' }] });
      }
      const without = await connect();
      const answer = await without.ask({ type: 'join', data: { group: 'team-7' } });
      expect(answer.data.code).toBe('invalid_message');
    });
  });

  describe('the groups in a token', () => {
    it('contain its client from the greeting on, together with others, up to the maximum', async () => {
      if (target().apiKey === undefined) return; // without access control there are no tokens
      const [clientId, own] = [randomUUID(), [newGroup(), newGroup()]];
      for (let count = 0; count < MAX_GROUPS - 1; count++) await put(newGroup(), clientId);
      const client = await connect({ clientId, groups: own });
      const [first = '', second = ''] = own;
      const { message_id } = await send(first, { content: 'hello' }, 1);
      expect((await client.takeId(message_id)).group).toBe(first);
      expect(await membersOf(second)).toEqual([]);
      await client.close();
      await again(client, own);
      expect(await membersOf(first)).toMatchObject([{ client_id: clientId }]);
    });
  });
}
