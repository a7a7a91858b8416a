/** The TypeScript client on the real server, over real sockets. */
import { WebSocket } from 'ws';
import {
  type ClientOptions,
  createClient,
  type Frame,
  type StateChange,
  type SwitchboardClient,
} from '../../clients/typescript/src';
import { freePort } from '../support/free-port';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { testApp } from '../support/test-app';

const streaming = {
  ...testApp,
  responder: {
    model: 'three',
    async *respond({ content }: { content: string }) {
      for (const word of content.split(' ')) yield `${word} `;
    },
  },
};

const clients: SwitchboardClient[] = [];
const servers: TestServer[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(environment: Record<string, string> = {}, options = {}): Promise<TestServer> {
  const server = await startTestServer(environment, options);
  servers.push(server);
  return server;
}

function clientOf(server: TestServer, options: Partial<ClientOptions> = {}): SwitchboardClient {
  const client = createClient({ url: server.webSocketUrl, webSocket: WebSocket, ...options });
  clients.push(client);
  return client;
}

const next = (client: SwitchboardClient, type: string) => new Promise<Frame>((resolve) => client.on(type, resolve));

const becomes = (client: SwitchboardClient, state: string) =>
  new Promise<StateChange>((resolve) => client.onState((change) => change.state === state && resolve(change)));

it('says why it waits: no server, a stopping server, no token', async () => {
  const server = await start();
  const nobody = createClient({ url: `ws://127.0.0.1:${await freePort()}`, webSocket: WebSocket });
  clients.push(nobody);
  const stopped = clientOf(server);
  const tokenless = clientOf(await start(), { token: () => Promise.reject(new Error('no backend')) });
  tokenless.onError(() => {});
  const waiting = [nobody, stopped, tokenless].map((client) => becomes(client, 'waiting'));
  void nobody.connect().catch(() => {});
  void tokenless.connect().catch(() => {});
  await stopped.connect();
  await server.stop();
  expect((await Promise.all(waiting)).map(({ message }) => message)).toEqual([
    'The server could not be reached.',
    'The server closed the connection: stopping.',
    'No connection could be opened; onError has the reason.',
  ]);
});

it('connects, chats and calls a tool', async () => {
  const client = clientOf(await start());
  await client.connect();
  expect(client.clientId).toMatch(/^[0-9a-f-]{36}$/);
  expect(await client.chat('Hello')).toMatchObject({ content: 'Echo: Hello', status: 'completed', model: 'echo' });
  expect(await client.callTool('add', { a: 2, b: 3 })).toEqual({ toolName: 'add', result: 5, simulated: false });
  expect(await client.callTool('show_map')).toMatchObject({ simulated: true });
});

it('a failed tool and an invalid message reject with the code', async () => {
  const client = clientOf(await start());
  await client.connect();
  await expect(client.callTool('add', { a: 'two' })).rejects.toMatchObject({ code: 'invalid_params' });
  await expect(client.send('no_such_type')).rejects.toMatchObject({ code: 'unsupported_type' });
});

it('gets a streamed reply as it grows', async () => {
  const client = clientOf(await start({}, { app: streaming }));
  await client.connect();
  const texts: string[] = [];
  const { content } = await client.chat('one two three', { onText: (text) => texts.push(text) });
  expect(content).toBe('one two three ');
  expect(texts.length).toBeGreaterThan(0); // what arrives during a post comes with the next piece, or with the whole
  for (const text of texts) expect(content.startsWith(text)).toBe(true);
});

it('shows what the team pushes', async () => {
  const server = await start();
  const client = clientOf(server);
  await client.connect();
  const calls: unknown[] = [];
  client.onToolCall('open_page', (params) => calls.push(params));
  const [said, called, noticed] = ['chat_message', 'tool_call', 'notification'].map((type) => next(client, type));
  const client_id = client.clientId;
  await call('POST', `${server.httpUrl}/send_message`, { client_id, content: 'Your order has arrived' });
  await call('POST', `${server.httpUrl}/call_tool`, { client_id, tool_name: 'open_page', params: { page: 2 } });
  await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'notification', data: { message: 'Soon' } });
  expect(await said).toMatchObject({ data: { content: 'Your order has arrived', from_api: true } });
  await called;
  expect(await noticed).toMatchObject({ data: { message: 'Soon' } });
  expect(calls).toEqual([{ page: 2 }]);
});

it('registers its tools, and answers a call with its handler’s progress and result', async () => {
  const server = await start();
  const client = clientOf(server);
  client.onToolCall('open_page', async ({ page }, { progress }) => {
    progress(1, { total: 2, message: 'Loading' });
    return { opened: page };
  });
  await client.connect();
  const asOnTheWire = { name: 'zoom', input_schema: { type: 'object' } };
  const openPage = { name: 'open_page', description: 'Opens a page.', inputSchema: { type: 'object' } };
  await client.registerTools([openPage, asOnTheWire]);
  const { body: details } = await call('GET', `${server.httpUrl}/clients/${client.clientId}`);
  expect(details.tools).toEqual([
    { name: 'open_page', description: 'Opens a page.', input_schema: { type: 'object' }, source: 'client' },
    { name: 'zoom', input_schema: { type: 'object' }, source: 'client' },
  ]);
  const request = { client_id: client.clientId, tool_name: 'open_page', params: { page: 7 } };
  const { body } = await call('POST', `${server.httpUrl}/call_tool`, request, { prefer: 'wait=20' });
  expect(body).toMatchObject({ status: 'completed', result: { opened: 7 } });
  const { body: state } = await call('GET', `${server.httpUrl}/calls/${body.call_id}`);
  expect(state.progress).toEqual({ progress: 1, total: 2, message: 'Loading' });
});

it('joins a group, gets what is sent to it, and leaves it', async () => {
  const server = await start();
  const client = clientOf(server);
  await client.connect();
  await client.join('room:7');
  const came = new Promise((resolve) => client.on('news', resolve));
  const send = () => call('POST', `${server.httpUrl}/groups/room:7/messages`, { message_type: 'news', data: { n: 1 } });
  await send();
  expect(await came).toMatchObject({ data: { n: 1 }, group: 'room:7' });
  await client.leave('room:7');
  expect((await send()).body).toMatchObject({ recipients: 0 });
  await expect(client.join('no group')).rejects.toMatchObject({ code: 'invalid_message' });
});

it('watches a group across a reconnect, and is told who is online', async () => {
  const sockets: WebSocket[] = [];
  class WatchedSocket extends WebSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      sockets.push(this);
    }
  }
  const server = await start({ PRESENCE_GROUPS: 'room:*' });
  const client = clientOf(server, { webSocket: WatchedSocket });
  const other = clientOf(server);
  await Promise.all([client.connect(), other.connect()]);
  await client.join('room:7');
  expect(await client.watchPresence('room:7')).toEqual({
    ...{ group: 'room:7', clients: [{ clientId: client.clientId, online: true }], members: 1 },
    ...{ cursor: undefined, watching: true },
  });
  const toldOf = (list: 'online' | 'left') =>
    new Promise<void>((resolve) => {
      client.on('presence_changed', ({ data }) => {
        if ((data[list] as string[]).includes(other.clientId as string)) resolve();
      });
    });
  const [joins, leaves] = [toldOf('online'), toldOf('left')];
  await other.join('room:7');
  await joins;
  const again = new Promise((resolve) => client.on('presence_snapshot', resolve));
  sockets[0]?.terminate();
  await again;
  await other.leave('room:7');
  await leaves;
  await client.unwatchPresence('room:7');
  await expect(client.watchPresence('room:8')).rejects.toMatchObject({ code: 'invalid_message' });
});

it('gets all broadcasts after an interruption, even if those of the last minutes do not fit into one answer', async () => {
  const sockets: WebSocket[] = [];
  class WatchedSocket extends WebSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      sockets.push(this);
    }
  }
  const server = await start();
  const client = clientOf(server, { webSocket: WatchedSocket });
  await client.connect();
  const shown: unknown[] = [];
  const hasLast = new Promise<void>((resolve) => {
    client.on('news', ({ data }) => {
      shown.push(data.number);
      if (data.number === 110) resolve();
    });
  });
  const numbers = Array.from({ length: 110 }, (_, index) => index + 1);
  for (const number of numbers) {
    if (number === 101) sockets.at(-1)?.terminate();
    const data = { number, text: 'x'.repeat(2_000) };
    await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news', data });
  }
  await hasLast;
  expect(shown).toEqual(numbers);
});

it('stays away if the team disconnects it', async () => {
  const server = await start();
  const client = clientOf(server);
  await client.connect();
  const closed = becomes(client, 'closed');
  await call('DELETE', `${server.httpUrl}/clients/${client.clientId}`);
  expect(await closed).toMatchObject({ reason: 'removed' });
});

it('reconnects when the server has restarted', async () => {
  const first = await start();
  const client = clientOf(first, { timers: { backoffMs: 1 } });
  await client.connect();
  const { port } = new URL(first.webSocketUrl);
  const waiting = becomes(client, 'waiting');
  await first.stop();
  await waiting;
  const answer = client.chat('Still there?');
  await start({ WS_PORT: port });
  expect(await answer).toMatchObject({ content: 'Echo: Still there?' });
});

it('with tokens: connects with a fresh one each time, and a second program of the same client stops the first', async () => {
  const keys = createKeysFile();
  const server = await start({ AUTH: 'token', KEYS_FILE: keys.path });
  const authorization = `Bearer ${keys.read().api_key.current}`;
  const client_id = '33a7086f-811d-44bb-b152-1343e6bc9812';
  let tokens = 0;
  const token = async () => {
    tokens++;
    const { body } = await call('POST', `${server.httpUrl}/tokens`, { client_id }, { authorization });
    return body.token as string;
  };
  const [first, second] = [clientOf(server, { token }), clientOf(server, { token })];
  await first.connect();
  const closed = becomes(first, 'closed');
  await second.connect();
  expect(await closed).toMatchObject({ reason: 'replaced' });
  expect(await second.chat('Hello')).toMatchObject({ content: 'Echo: Hello' });
  expect([first.clientId, second.clientId, tokens]).toEqual([client_id, client_id, 2]);
  await first.connect();
  expect(tokens).toBe(3);
  keys.remove();
});

it('reports a missing valid token', async () => {
  const keys = createKeysFile();
  const server = await start({ AUTH: 'token', KEYS_FILE: keys.path });
  const options = { token: () => 'not-a-token', timers: { backoffMs: 1 } };
  await expect(clientOf(server, options).connect()).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(clientOf(server).connect()).rejects.toMatchObject({ code: 'unauthorized' });
  keys.remove();
});
