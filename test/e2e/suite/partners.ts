/** Two partners with a key each: what one must not see, reach or count of the other. */
import { randomUUID } from 'node:crypto';
import { httpCalls } from '../../../lambdas/protocol/http-calls';
import { call as httpCall } from '../../support/http';
import { TestClient } from '../../support/test-client';
import { statusOf } from './access';
import { eventually } from './eventually';
import type { Target } from './target';

const MCP = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };

/** Each call that names a client, with the result for a caller who does not own the client. */
const ABOUT_A_CLIENT: [line: string, body: object | undefined, status: number, code: string][] = [
  ['GET /clients/<client>', undefined, 404, 'client_not_found'],
  ['HEAD /clients/<client>', undefined, 404, ''],
  ['GET /clients/<client>/messages', undefined, 404, 'client_not_found'],
  ['DELETE /clients/<client>', undefined, 404, 'client_not_found'],
  ['POST /send_message', { client_id: '<client>', content: 'hello' }, 404, 'client_not_found'],
  ['POST /send_message', { client_id: '<client>', content: 'hello', hold_seconds: 60 }, 404, 'client_not_found'],
  ['POST /clients/<client>/messages', { message_type: 'news', data: {} }, 404, 'client_not_found'],
  ['POST /messages', { client_ids: ['<own>', '<client>'], message_type: 'news' }, 404, 'client_not_found'],
  ['POST /call_tool', { client_id: '<client>', tool_name: 'open' }, 404, 'client_not_found'],
  ['POST /call_tool', { client_id: '<client>', tool_name: 'open', hold_seconds: 60 }, 404, 'client_not_found'],
  ['POST /clients/<client>/mcp', MCP, 404, 'client_not_found'],
  ['POST /tokens', { client_id: '<client>' }, 403, 'forbidden'],
];

/** Each call about everybody, or about another's label, group or call. */
const ABOUT_OTHERS: [line: string, body: object | undefined, status: number, code: string][] = [
  ['GET /calls/<call>', undefined, 404, 'call_not_found'],
  ['DELETE /calls/<call>', undefined, 404, 'call_not_found'],
  ['GET /clients?label=<other>', undefined, 403, 'forbidden'],
  ['GET /clients?group=<other>:team', undefined, 403, 'forbidden'],
  ['GET /clients?group=team', undefined, 403, 'forbidden'],
  ['POST /tokens', { groups: ['<other>:team'] }, 403, 'forbidden'],
  ['POST /tokens', { groups: ['team'] }, 403, 'forbidden'],
  ['POST /tokens', { may_join: ['<other>:*'] }, 403, 'forbidden'],
  ['POST /tokens', { may_join: ['*'] }, 403, 'forbidden'],
  ['GET /groups/<other>:team/clients', undefined, 403, 'forbidden'],
  ['PUT /groups/<other>:team/clients/<own>', {}, 403, 'forbidden'],
  ['PUT /groups/<other>:team/clients/<other online>', {}, 403, 'forbidden'],
  ['PUT /groups/<name>:team/clients/<other online>', {}, 404, 'client_not_found'],
  ['DELETE /groups/<name>:team/clients/<other online>', undefined, 404, 'client_not_found'],
  ['PUT /groups/<name>/clients/<own>', {}, 403, 'forbidden'],
  ['PUT /groups/team/clients/<own>', {}, 403, 'forbidden'],
  ['POST /groups/team/messages', { message_type: 'news' }, 403, 'forbidden'],
  ['DELETE /groups/<other>:team/clients/<own>', undefined, 403, 'forbidden'],
  ['POST /groups/<other>:team/messages', { message_type: 'news' }, 403, 'forbidden'],
  ['POST /broadcast', { message_type: 'news' }, 403, 'forbidden'],
  ['GET /broadcasts/<broadcast>', undefined, 404, 'broadcast_not_found'],
  ['GET /broadcasts/<other broadcast>', undefined, 404, 'broadcast_not_found'],
  ['GET /events', undefined, 403, 'forbidden'],
  ['GET /events/failed', undefined, 403, 'forbidden'],
  ['POST /events/replay', {}, 403, 'forbidden'],
  ['GET /keys', undefined, 403, 'forbidden'],
  ['POST /keys', { name: 'more', scopes: ['read'] }, 403, 'forbidden'],
  ['POST /keys/<other>/rotate', {}, 403, 'forbidden'],
  ['DELETE /keys/<other>', undefined, 403, 'forbidden'],
  ['GET /revocations', undefined, 403, 'forbidden'],
  ['POST /revocations', { label: '<other>' }, 403, 'forbidden'],
  ['GET /audit', undefined, 403, 'forbidden'],
  ['GET /metrics', undefined, 403, 'forbidden'],
  ['GET /console/live', undefined, 403, 'forbidden'],
];

/** Calls that name nobody: their answers only have the caller's own clients and groups. */
const OWN_VIEW = ['GET /groups', 'GET /status'];

const REFUSED = [
  ['acme', 'bolt'],
  ['bolt', 'acme'],
].flatMap(([own = '', other = '']) => {
  const named = (text: string, target: string) =>
    text
      .replaceAll('<client>', `<${target}>`)
      .replaceAll('<own>', `<${own} online>`)
      .replaceAll('<other online>', `<${other} online>`)
      .replaceAll('<other broadcast>', `<${other} broadcast>`)
      .replaceAll('<call>', `<${other} call>`)
      .replaceAll('<name>', own)
      .replaceAll('<other>', other);
  const row = (target: string) => (entry: (typeof ABOUT_A_CLIENT)[number]) => {
    const [line, body, status, code] = entry;
    return [own, named(line, target), body && JSON.parse(named(JSON.stringify(body), target)), status, code] as const;
  };
  const targets = [`${other} online`, `${other} away`, 'team online'];
  return [...targets.flatMap((target) => ABOUT_A_CLIENT.map(row(target))), ...ABOUT_OTHERS.map(row(''))];
});

/** Calls that a key without the scope cannot make. */
const OUT_OF_SCOPE: [key: string, line: string, body: object | undefined, scope: string][] = [
  ['only-push', 'GET /status', undefined, 'read'],
  ['only-push', 'GET /clients', undefined, 'read'],
  ['only-tokens', 'GET /clients/<team online>', undefined, 'read'],
  ['only-tokens', 'GET /clients/<team online>/messages', undefined, 'read'],
  ['only-push', 'GET /calls/<acme call>', undefined, 'read'],
  ['only-push', 'GET /broadcasts/<broadcast>', undefined, 'read'],
  ['only-read', 'DELETE /clients/<team online>', undefined, 'push'],
  ['only-read', 'DELETE /calls/<acme call>', undefined, 'push'],
  ['only-read', 'POST /send_message', { client_id: '<team online>', content: 'hello' }, 'push'],
  ['only-read', 'POST /messages', { client_ids: ['<team online>'], message_type: 'news' }, 'push'],
  ['only-read', 'POST /broadcast', { message_type: 'news' }, 'push'],
  ['only-tokens', 'POST /call_tool', { client_id: '<team online>', tool_name: 'open' }, 'push'],
  ['only-tokens', 'POST /clients/<team online>/mcp', MCP, 'push'],
  ['only-read', 'POST /tokens', {}, 'tokens'],
  ['only-push', 'POST /tokens', {}, 'tokens'],
  ['only-tokens', 'GET /keys', undefined, 'admin'],
  ['only-read', 'GET /audit', undefined, 'admin'],
  ['only-tokens', 'GET /metrics', undefined, 'read'],
  ['only-push', 'POST /revocations', { label: 'acme' }, 'admin'],
];

/** Calls that only one machine has. */
const ON_ONE_MACHINE = ['GET /metrics', 'GET /console/live'];

/**
 * @param target  with access control; nobody else uses it, and its key is the first key
 * @param isOneMachine  whether it is one machine, not AWS
 */
export function partners(target: () => Target, isOneMachine: boolean): void {
  const isServed = (line: string) => isOneMachine || !ON_ONE_MACHINE.includes(line);

  describe('two partners', () => {
    /** The texts of keys, by name. */
    const keys: Record<string, string> = {};

    /** The ids used in the tables, by placeholder. */
    const ids: Record<string, string> = {};

    const online: Record<string, TestClient> = {};

    beforeAll(async () => {
      keys.first = target().apiKey as string;
      for (const partner of ['acme', 'bolt']) {
        await makeKey(partner, ['read', 'push', 'tokens'], [partner]);
        await connect(partner, `${partner} online`);
        await connect(partner, `${partner} away`);
        await online[`${partner} away`]?.close();
        const gone = `GET /clients/<${partner} away>`;
        await eventually(async () => expect((await as('first', gone)).status).toBe(404));
        const body = { client_id: ids[`${partner} online`], tool_name: 'open' };
        ids[`${partner} call`] = (await as(partner, 'POST /call_tool', body)).body.call_id;
        await online[`${partner} online`]?.nextOf('tool_call');
        const sent = await as(partner, `POST /groups/${partner}:nobody/messages`, { message_type: 'news' });
        ids[`${partner} broadcast`] = sent.body.broadcast_id;
      }
      await connect('first', 'team online');
      for (const scope of ['read', 'push', 'tokens', 'admin']) await makeKey(`only-${scope}`, [scope]);
      ids.broadcast = (await as('first', 'POST /broadcast', { message_type: 'news' })).body.broadcast_id;
      for (const client of ['acme online', 'bolt online', 'team online']) await online[client]?.nextOf('news');
    });

    afterAll(async () => {
      await Promise.all(Object.values(online).map((client) => client.close()));
    });

    /** A call with a key; `{words}` in its path or body are placeholders for ids. */
    async function as(key: string, line: string, body?: object) {
      const filled = (text: string) => text.replace(/<([\w ]+)>/g, (_, name) => ids[name] ?? `no ${name}`);
      const [method = '', path = ''] = line.split(/ (.*)/s);
      const url = target().httpUrl + filled(path);
      const headers = { authorization: `Bearer ${keys[key]}`, accept: 'application/json, text/event-stream' };
      return httpCall(method, url, body && filled(JSON.stringify(body)), headers);
    }

    async function makeKey(name: string, scopes: string[], labels?: string[]): Promise<void> {
      const { status, body } = await as('first', 'POST /keys', { name, scopes, labels });
      expect(status).toBe(200);
      keys[name] = body.key;
    }

    async function connect(key: string, name: string): Promise<void> {
      const { body } = await as(key, 'POST /tokens', {});
      const client = await TestClient.connect(body.websocket_url);
      online[name] = client;
      ids[name] = client.clientId;
    }
    describe('a partner’s key', () => {
      it('has at least 60 calls in this table', () => {
        expect(REFUSED.length).toBeGreaterThanOrEqual(60);
      });

      it('has every call in this table that an owner may not make for others', () => {
        const lines = [...ABOUT_A_CLIENT, ...ABOUT_OTHERS].map(([line]) => line.replace(/\?.*/, ''));
        const isTried = (routeKey: string) => {
          const pattern = new RegExp(`^${routeKey.replace(/\{\w+\}/g, '[^/]+')}$`);
          return lines.some((line) => pattern.test(line));
        };
        const guarded = Object.entries(httpCalls).filter(([, { access }]) => access === 'api_key');
        const missing = guarded.map(([routeKey]) => routeKey).filter((routeKey) => !isTried(routeKey));
        expect(missing.sort()).toEqual(OWN_VIEW);
      });

      it.each(REFUSED.filter(([, line]) => isServed(line)))(
        'of %s is refused %s %j with %d %s',
        async (key, line, body, status, code) => {
          const answer = await as(key, line, body);
          expect([answer.status, answer.body.code ?? '']).toEqual([status, code]);
          for (const id of Object.values(ids).filter((one) => !line.includes(one))) {
            if (body === undefined || !JSON.stringify(body).includes(id)) expect(answer.text).not.toContain(id);
          }
        },
      );

      it.each(['acme', 'bolt'])('of %s lists and counts only its own clients', async (partner) => {
        const { body } = await as(partner, 'GET /clients');
        expect(body).toMatchObject({ clients: [{ client_id: ids[`${partner} online`], labels: [partner] }], total: 1 });
        expect((await as(partner, `GET /clients?label=${partner}`)).body.total).toBe(1);
        const status = await as(partner, 'GET /status?by=label');
        expect(status.body).toMatchObject({ connected_clients: 1, labels: { [partner]: 1 } });
      });

      it.each(['acme', 'bolt'])('of %s reaches its own client with each call', async (partner) => {
        const client_id = ids[`${partner} online`];
        expect((await as(partner, `GET /clients/${client_id}`)).status).toBe(200);
        expect((await as(partner, 'POST /send_message', { client_id, content: 'hello' })).status).toBe(200);
        await online[`${partner} online`]?.nextOf('chat_message');
        expect((await as(partner, `GET /clients/${client_id}/messages`)).body.messages).toHaveLength(3);
        expect((await as(partner, `GET /calls/<${partner} call>`)).body).toMatchObject({
          status: 'pending',
          client_id,
        });
        expect((await as(partner, `POST /clients/${client_id}/mcp`, MCP)).status).toBe(200);
        const { body } = await as(partner, 'POST /messages', { client_ids: [client_id], message_type: 'news' });
        expect(body).toMatchObject({ posted: 1 });
        await online[`${partner} online`]?.nextOf('news');
      });

      it('puts its own label first in its tokens, before labels that begin with it', async () => {
        const { body } = await as('acme', 'POST /tokens', { labels: ['acme:eu', 'acme:7'] });
        expect(body.labels).toEqual(['acme', 'acme:eu', 'acme:7']);
        expect((await as('acme', 'POST /tokens', { labels: ['acme'] })).body.labels).toEqual(['acme']);
      });

      it.each([['bolt'], ['acme:eu', 'bolt'], ['bolt:eu'], ['eu'], ['acme-eu'], ['Acme:eu']])(
        'cannot issue tokens with a label of another owner or of the team: %s',
        async (...labels) => {
          const { status, body } = await as('acme', 'POST /tokens', { labels });
          expect([status, body.code]).toEqual([403, 'forbidden']);
          expect(body.detail).toBe('labels: this key may only add labels that begin with "acme:".');
        },
      );

      it('cannot give its clients a higher message rate than the server’s; a key with the scope admin can', async () => {
        const body = { message_rate: 1_000 };
        for (const key of ['acme', 'only-tokens']) {
          const refused = await as(key, 'POST /tokens', body);
          expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
          const [, most] = /^message_rate: this key may allow up to (\d+), /.exec(refused.body.detail) ?? [];
          expect((await as(key, 'POST /tokens', { message_rate: Number(most) })).status).toBe(200);
          expect((await as(key, 'POST /tokens', { message_rate: Number(most) + 1 })).status).toBe(403);
        }
        for (const key of ['first', 'only-admin']) expect((await as(key, 'POST /tokens', body)).status).toBe(200);
      });

      it('cannot take over a client whose id it guessed before the client first connected', async () => {
        const client_id = `device-${randomUUID()}`;
        const guessed = await as('bolt', 'POST /tokens', { client_id });
        const { body } = await as('acme', 'POST /tokens', { client_id });
        const owner = await TestClient.connect(body.websocket_url);
        await expect(TestClient.connect(guessed.body.websocket_url)).rejects.toThrow('403');
        await owner.ask({ type: 'ping' });
        await owner.close();
      });

      it('cannot put other owners’ clients into a group by a refused token request', async () => {
        const client_id = `device-${randomUUID()}`;
        const guessed = await as('bolt', 'POST /tokens', { client_id, groups: ['bolt:spies'] });
        const { body } = await as('acme', 'POST /tokens', { client_id });
        const owner = await TestClient.connect(body.websocket_url);
        await expect(TestClient.connect(guessed.body.websocket_url)).rejects.toThrow('403');
        expect((await as('first', 'GET /groups/bolt:spies/clients')).body.clients).toEqual([]);
        await owner.close();
      });

      it('cannot get another key’s answer with its Idempotency-Key', async () => {
        const ask = (key: string) => {
          const headers = { authorization: `Bearer ${keys[key]}`, 'idempotency-key': 'one-and-the-same' };
          return httpCall('POST', `${target().httpUrl}/tokens`, {}, headers);
        };
        const [acme, bolt] = [await ask('acme'), await ask('bolt')];
        expect(bolt.body.labels).toEqual(['bolt']);
        expect(bolt.body.client_id).not.toBe(acme.body.client_id);
      });

      it('leaves no trace at other owners’ clients: no frame, no close, no history', async () => {
        for (const name of ['acme online', 'bolt online', 'team online']) {
          const client = online[name];
          // Frames arrive in order: everything sent before has arrived with the answer.
          expect(await client?.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
        }
        expect((await as('first', 'GET /clients/<team online>/messages')).body.messages).toEqual([
          expect.objectContaining({ type: 'news' }),
        ]);
        const away = await as('first', 'GET /clients/<acme away>/messages');
        expect(away.body.messages).toEqual([]);
      });
    });

    describe('a client of one partner', () => {
      it.each([
        ['tool_response', { call_id: '<acme call>', result: 'stolen' }],
        ['tool_progress', { call_id: '<acme call>', progress: 1 }],
        ['cancel', { message_id: 'of-acme' }],
        ['resume', { epoch: '0mk1f3k2a9f3c', seq: 0 }],
        ['join', { group: 'acme:team' }],
        ['leave', { group: 'acme:team' }],
        ['watch_presence', { group: 'acme:team' }],
        ['unwatch_presence', { group: 'acme:team' }],
        ['register_tools', { tools: [{ name: 'open' }] }],
        ['list_tools', {}],
      ])('changes nothing of another partner’s by %s', async (type, data) => {
        const text = JSON.stringify(data).replace('<acme call>', ids['acme call'] ?? '');
        const client = online['bolt online'] as TestClient;
        await as('acme', 'PUT /groups/acme:team/clients/<acme online>');
        const ofAcme = async () => [
          (await as('first', 'GET /groups/acme:team/clients')).body,
          (await as('acme', 'GET /clients/<acme online>')).body,
        ];
        const before = await ofAcme();
        client.send({ type, data: JSON.parse(text) });
        client.send({ type: 'ping' });
        await client.nextOf('pong');
        const { body } = await as('acme', 'GET /calls/<acme call>');
        expect(body).toMatchObject({ status: 'pending' });
        expect(body).not.toHaveProperty('progress');
        expect(await ofAcme()).toEqual(before);
      });
    });

    describe('a key', () => {
      it.each(OUT_OF_SCOPE.filter(([, line]) => isServed(line)))(
        '%s is refused %s %j, which needs %s',
        async (key, line, body, scope) => {
          const answer = await as(key, line, body);
          expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
          expect(answer.body.detail).toContain(`scope ${scope}`);
        },
      );

      it('is listed without its text, with the time of its last use', async () => {
        const { text, body } = await as('only-admin', 'GET /keys');
        for (const key of Object.values(keys)) expect(text).not.toContain(key);
        const acme = body.keys.find(({ name }: { name: string }) => name === 'acme');
        expect(acme).toMatchObject({ scopes: ['read', 'push', 'tokens'], labels: ['acme'] });
        expect(acme.last_used_at).toBeDefined();
      });

      it('keeps its old text valid for a while after a rotation, or ends it at once', async () => {
        await makeKey('rotating', ['read']);
        keys.before = keys.rotating as string;
        keys.rotating = (await as('first', 'POST /keys/rotating/rotate', { overlap_seconds: 60 })).body.key;
        const statuses = async () => [
          (await as('before', 'GET /status')).status,
          (await as('rotating', 'GET /status')).status,
        ];
        expect(await statuses()).toEqual([200, 200]);
        await makeKey('rotated', ['read']);
        keys.before = keys.rotated as string;
        keys.rotated = (await as('first', 'POST /keys/rotated/rotate', { overlap_seconds: 0 })).body.key;
        expect((await as('before', 'GET /status')).status).toBe(403);
        expect((await as('rotated', 'GET /status')).status).toBe(200);
      });

      it('is refused once it was deleted', async () => {
        await makeKey('ending', ['read']);
        expect((await as('ending', 'GET /status')).status).toBe(200);
        expect((await as('first', 'DELETE /keys/ending')).status).toBe(204);
        await eventually(async () => expect((await as('ending', 'GET /status')).status).toBe(403));
        expect((await as('first', 'DELETE /keys/ending')).body.code).toBe('key_not_found');
      });

      it('cannot have the name of another key, or of the first key', async () => {
        expect((await as('first', 'POST /keys', { name: 'acme', scopes: ['read'] })).body.code).toBe('key_exists');
        const first = await as('first', 'POST /keys', { name: 'first', scopes: ['read'] });
        expect(first.body.errors).toMatchObject([{ path: 'name' }]);
        const admin = await as('first', 'POST /keys', { name: 'x', scopes: ['admin'], labels: ['acme'] });
        expect(admin.body.errors).toMatchObject([{ path: 'labels' }]);
      });

      it('cannot have an owner whose groups begin like another owner’s', async () => {
        const key = { name: 'acme-eu', scopes: ['tokens'] };
        const refused = await as('first', 'POST /keys', { ...key, labels: ['acme:eu'] });
        expect(refused.body.errors).toMatchObject([{ path: 'labels' }]);
        expect((await as('first', 'POST /keys', { ...key, labels: ['acme-eu', 'site:7'] })).status).toBe(200);
      });
    });

    describe('the audit log', () => {
      it('has who did what to whom, and nothing that was said or shown', async () => {
        const client_id = ids['acme online'];
        await as('acme', 'POST /send_message', { client_id, content: 'a secret sentence' });
        const { body, text } = await as('first', 'GET /audit?limit=1000');
        expect(body.calls[0]).toEqual({
          ...{ at: expect.any(String), key: 'acme', call: 'POST /send_message', status: 200 },
          client_id,
        });
        expect(body.calls).toContainEqual(
          expect.objectContaining({ key: 'first', call: 'POST /keys', target: 'acme' }),
        );
        for (const secret of ['a secret sentence', ...Object.values(keys)]) expect(text).not.toContain(secret);
        const page = await as('first', 'GET /audit?limit=1');
        const next = await as('first', `GET /audit?limit=1&cursor=${page.body.next_cursor}`);
        expect([page.body.calls, next.body.calls]).toEqual([body.calls.slice(0, 1), body.calls.slice(1, 2)]);
      });

      it('has every kind of call that changes something', async () => {
        const client_id = randomUUID();
        const calls = [
          ['PUT /groups/team-7/clients/<client>', undefined, { call: 'PUT /groups/{group}/clients/{client_id}' }],
          ['DELETE /groups/team-7/clients/<client>', undefined, { call: 'DELETE /groups/{group}/clients/{client_id}' }],
          ['POST /events/replay', { receiver: 'ours' }, { call: 'POST /events/replay', target: 'ours' }],
        ] as const;
        for (const [line, body, audited] of calls) {
          const isOfGroup = line.includes('team-7');
          await as('only-push', line.replace('<client>', client_id), body);
          const [latest] = (await as('first', 'GET /audit?limit=1')).body.calls;
          expect(latest).toMatchObject({
            key: 'only-push',
            ...audited,
            ...(isOfGroup && { client_id, target: 'team-7' }),
          });
        }
      });

      it('only has what an MCP request called, whatever fields it adds', async () => {
        const request = { ...MCP, method: 'tools/call', params: { name: 'open', arguments: {} } };
        const line = 'POST /clients/<acme online>/mcp';
        const { status, body } = await as('acme', line, {
          ...request,
          client_ids: 5,
          label: 'a secret',
          key: ['more'],
        });
        expect([status, body.error.message]).toEqual([200, 'Unknown tool: use a name from tools/list.']);
        const call = { key: 'acme', call: 'POST /clients/{client_id}/mcp', status: 200, client_id: ids['acme online'] };
        expect((await as('first', 'GET /audit?limit=1')).body.calls).toEqual([{ at: expect.any(String), ...call }]);
      });

      it('distinguishes a call from its repeats by Idempotency-Key', async () => {
        for (let times = 0; times < 2; times++) {
          const headers = { authorization: `Bearer ${keys.acme}`, 'idempotency-key': 'for-the-audit' };
          expect((await httpCall('POST', `${target().httpUrl}/tokens`, {}, headers)).status).toBe(200);
        }
        const [repeat, call] = (await as('first', 'GET /audit?limit=2')).body.calls;
        expect(repeat).toEqual({ ...call, at: repeat.at, replayed: true });
        expect(call).not.toHaveProperty('replayed');
      });

      it('has the ids that a call created, and all clients of a call to many', async () => {
        const latest = async () => (await as('first', 'GET /audit?limit=1')).body.calls[0];
        const token = await as('acme', 'POST /tokens', {});
        expect(await latest()).toMatchObject({ call: 'POST /tokens', client_id: token.body.client_id });
        const called = await as('acme', 'POST /call_tool', { client_id: '<acme online>', tool_name: 'open' });
        expect(await latest()).toMatchObject({ client_id: ids['acme online'], call_id: called.body.call_id });
        const sent = await as('first', 'POST /broadcast', { message_type: 'news' });
        expect(await latest()).toMatchObject({ call: 'POST /broadcast', broadcast_id: sent.body.broadcast_id });
        const many = Array.from({ length: 30 }, () => randomUUID());
        await as('first', 'POST /messages', { client_ids: many, message_type: 'news' });
        expect(await latest()).toMatchObject({ clients: 30, client_ids: many.slice(0, 20) });
      });

      it('has refused calls, and can be filtered by key', async () => {
        await as('bolt', 'POST /send_message', { client_id: '<acme online>', content: 'hello' });
        await as('only-read', 'DELETE /clients/<team online>');
        await as('first', 'POST /broadcast', { message_type: 'news' });
        const { body } = await as('first', 'GET /audit?key=only-read&limit=1');
        expect(body.calls).toEqual([
          expect.objectContaining({ call: 'DELETE /clients/{client_id}', status: 403, client_id: ids['team online'] }),
        ]);
        const ofBolt = (await as('first', 'GET /audit?key=bolt')).body.calls;
        expect(ofBolt[0]).toMatchObject({ call: 'POST /send_message', status: 404, client_id: ids['acme online'] });
        expect(ofBolt.filter(({ key }: { key: string }) => key !== 'bolt')).toEqual([]);
        expect((await as('first', 'GET /audit?key=nobody')).body.calls).toEqual([]);
      });

      it('leaves out MCP calls that change nothing', async () => {
        const before = (await as('first', 'GET /audit?limit=1')).body.calls;
        expect((await as('acme', 'POST /clients/<acme online>/mcp', MCP)).status).toBe(200);
        expect((await as('first', 'GET /audit?limit=1')).body.calls).toEqual(before);
      });

      it('is not part of any client’s history', async () => {
        expect((await as('only-read', 'GET /clients/audit%23calls/messages')).status).toBe(404);
      });
    });

    describe('a revocation', () => {
      it.each(['client_id', 'label', 'key'])(
        'by %s closes and keeps out those clients, and no others',
        async (kind) => {
          await makeKey(`issuer-${kind.replace('_', '-')}`, ['tokens']);
          const token = async (labels: string[]) =>
            (await as(`issuer-${kind.replace('_', '-')}`, 'POST /tokens', { labels })).body;
          const [revoked, other] = [await token(['gone']), await token(['stays'])];
          const client = await TestClient.connect(revoked.websocket_url);
          const bystander = kind === 'key' ? undefined : await TestClient.connect(other.websocket_url);
          const values = { client_id: revoked.client_id, label: 'gone', key: `issuer-${kind.replace('_', '-')}` };
          const body = { [kind]: values[kind as keyof typeof values] };
          expect(await as('first', 'POST /revocations', body)).toMatchObject({ status: 202, body });
          expect(await client.nextOf('connection_closing')).toMatchObject({
            data: { reason: 'revoked', reconnect: false },
          });
          await client.closed;
          await eventually(async () => expect(await statusOf(revoked.websocket_url)).toBe(403));
          await bystander?.ask({ type: 'ping' });
          await bystander?.close();
          const fresh = await as('first', 'POST /tokens', { client_id: revoked.client_id });
          await (await TestClient.connect(fresh.body.websocket_url)).close();
          expect((await as('first', 'GET /revocations')).body.revocations).toContainEqual(
            expect.objectContaining(body),
          );
        },
      );
    });
  });
}
