/** Groups of two partners: each partner reaches only its own clients through them, even if the team added others. */
import { call as httpCall } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

let keysFile: KeysFile;
let server: TestServer;
const keys: Record<string, string> = {};

/** Of each partner, and of the team; all in the group `acme:team`, and the partners' clients in their own groups. */
const clients: Record<string, TestClient> = {};

/** The greeting of each. */
const starts: Record<string, Record<string, unknown>> = {};

beforeAll(async () => {
  keysFile = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: keysFile.path });
  keys.first = keysFile.read().api_key.current;
  for (const partner of ['acme', 'bolt']) {
    const key = { name: partner, scopes: ['read', 'push', 'tokens'], labels: [partner] };
    keys[partner] = (await as('first', 'POST /keys', key)).body.key;
    await connect(partner, partner, { groups: [`${partner}:team`] });
  }
  await connect('team', 'first', { groups: ['acme:team'], may_join: ['*'] });
  expect((await as('first', `PUT /groups/acme:team/clients/${idOf('bolt')}`)).status).toBe(204);
});

afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.close()));
  await server.stop();
  keysFile.remove();
});

function as(key: string, line: string, body?: object) {
  const [method = '', path = ''] = line.split(/ (.*)/s);
  return httpCall(method, server.httpUrl + path, body, { authorization: `Bearer ${keys[key]}` });
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
    const away = await as('acme', 'POST /tokens', { groups: ['acme:team'] });
    const gone = await TestClient.open(away.body.websocket_url);
    await gone.next();
    await gone.close();
    const counts = async (key: string) => (await as(key, 'GET /status?by=group')).body.groups;
    await eventually(async () => expect(await counts('first')).toEqual({ 'acme:team': 3, 'bolt:team': 1 }));
    expect(await counts('acme')).toEqual({ 'acme:team': 1 });
    expect(await counts('bolt')).toEqual({ 'bolt:team': 1 });
    expect((await as('acme', 'GET /status')).body).not.toHaveProperty('groups');
    expect((await as('first', 'GET /status?by=label')).body).not.toHaveProperty('groups');
    expect((await as('first', 'GET /status?by=owner')).status).toBe(422);
    await as('acme', `DELETE /groups/acme:team/clients/${away.body.client_id}`);
  });
});

describe('a partner’s message to its group', () => {
  it('reaches its own clients, and none that the team put into the group', async () => {
    const { status, body } = await as('acme', 'POST /groups/acme:team/messages', { message_type: 'one' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ recipients: 1, delivered: 1 });
    expect(await received('acme')).toEqual(['one']);
    expect(await received('bolt')).toEqual([]);
    expect(await received('team')).toEqual([]);
    expect((await as('acme', `GET /broadcasts/${body.broadcast_id}`)).body).toMatchObject({ recipients: 1 });
    expect((await as('bolt', `GET /broadcasts/${body.broadcast_id}`)).status).toBe(404);
  });

  it('of the team reaches all members', async () => {
    const { body } = await as('first', 'POST /groups/acme:team/messages', { message_type: 'two' });
    expect(body).toMatchObject({ recipients: 3, delivered: 3 });
    for (const name of ['acme', 'bolt', 'team']) expect(await received(name)).toEqual(['two']);
    expect((await as('acme', `GET /broadcasts/${body.broadcast_id}`)).status).toBe(404);
  });

  it.each([
    ['acme', ['one', 'two']],
    ['bolt', ['two']],
    ['team', ['two']],
  ])('arrives with a resume of %s only if it was for that client', async (name, expected) => {
    const { epoch, seq, broadcast } = starts[name] as Record<string, unknown>;
    const answer = await clients[name]?.ask({ type: 'resume', data: { epoch, seq, broadcast } });
    expect(answer?.data.frames.map(({ type }: { type: string }) => type)).toEqual(expected);
  });
});

describe('[a partner’s key]', () => {
  it.each(['acme', 'bolt'])('of %s lists only its own groups and members', async (partner) => {
    const groups = (await as(partner, 'GET /groups')).body.groups;
    expect(groups.map(({ group }: { group: string }) => group)).toEqual([`${partner}:team`]);
    const { clients: members } = (await as(partner, `GET /groups/${partner}:team/clients`)).body;
    expect(members).toEqual([{ client_id: idOf(partner), online: true, joined_at: expect.any(String) }]);
    const { body } = await as(partner, `GET /clients?group=${partner}:team`);
    expect(body).toMatchObject({ clients: [{ client_id: idOf(partner) }], total: 1 });
    expect((await as(partner, `GET /clients/${idOf(partner)}`)).body.groups).toEqual([`${partner}:team`]);
  });

  it('puts its clients into its groups, and takes them out', async () => {
    const members = async () => (await as('acme', 'GET /groups/acme:eu/clients')).body.clients.length;
    expect((await as('acme', `PUT /groups/acme:eu/clients/${idOf('acme')}`)).status).toBe(204);
    expect(await members()).toBe(1);
    expect((await as('acme', `DELETE /groups/acme:eu/clients/${idOf('acme')}`)).status).toBe(204);
    expect(await members()).toBe(0);
    expect((await as('first', 'GET /audit?limit=1')).body.calls).toMatchObject([
      { key: 'acme', call: 'DELETE /groups/{group}/clients/{client_id}', client_id: idOf('acme'), target: 'acme:eu' },
    ]);
  });

  it('sees a member that is offline', async () => {
    await connect('away', 'acme', { groups: ['acme:away'] });
    await clients.away?.close();
    const { clients: members } = (await as('acme', 'GET /groups/acme:away/clients')).body;
    expect(members).toMatchObject([{ client_id: idOf('away') }]);
  });
});
