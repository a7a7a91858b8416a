/** While DynamoDB is down, HTTP callers and clients are told when to retry. */
import { WebSocket } from 'ws';
import { createClient } from '../../clients/typescript/src';
import { type ChildServer, startChildServer } from '../support/child-server';
import { deferred } from '../support/deferred';
import { type FlakyStore, type Mood, startFlakyStore } from '../support/flaky-store';
import { call } from '../support/http';
import { TestClient } from '../support/test-client';

let store: FlakyStore;
let server: ChildServer;
let client: TestClient;

beforeAll(async () => {
  store = await startFlakyStore();
  server = await startChildServer({ options: ['--wire'], environment: { DYNAMODB_ENDPOINT: store.url } });
  client = await TestClient.connect(server.webSocketUrl);
});

afterAll(async () => {
  store.mood = 'works';
  await client.close();
  server.process.kill('SIGTERM');
  const { stdout } = await server.exit;
  await store.stop();
  // The reason, for the team.
  expect(stdout.match(/call_failed route=.*\n\s+UnavailableError/g)?.length).toBe(3 * calls().length);
  expect(stdout).toContain('caused by');
});

/** Calls that need the store, each with its body. */
const calls = (): [method: string, path: string, body?: object][] => [
  ['GET', '/status'],
  ['GET', '/clients'],
  ['GET', `/clients/${client.clientId}`],
  ['GET', `/clients/${client.clientId}/messages`],
  ['GET', `/broadcasts/${client.clientId}`],
  ['POST', '/send_message', { client_id: client.clientId, content: 'hello' }],
  ['POST', '/call_tool', { client_id: client.clientId, tool_name: 'show' }],
  ['POST', '/broadcast', { message_type: 'news' }],
  ['DELETE', `/clients/${client.clientId}`],
];

const askAll = () => Promise.all(calls().map(([method, path, body]) => call(method, server.httpUrl + path, body)));

it.each<Mood>(['fails', 'throttles', 'resets'])(
  'each call is a 503 that says when to retry, while it %s',
  async (mood) => {
    store.mood = mood;
    const answers = await askAll();
    store.mood = 'works';
    expect(answers.map(({ status }) => status)).toEqual(calls().map(() => 503));
    for (const { headers, body } of answers) {
      expect(body).toMatchObject({ code: 'unavailable', status: 503 });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(JSON.stringify(body)).not.toMatch(/SECRET|dynamo|ECONN/i);
    }
  },
  60_000,
);

it('the result of a call that a client sends during the outage is stored once the store works again', async () => {
  const library = createClient({ url: server.webSocketUrl, webSocket: WebSocket });
  const errors: unknown[] = [];
  library.onError((error) => errors.push(error));
  library.on('error', ({ data }) => errors.push(data));
  const hasFailed = new Promise<void>((resolve) => {
    server.process.stdout?.on('data', (chunk) => String(chunk).includes('message_failed') && resolve());
  });
  const isDown = deferred<void>();
  library.onToolCall('show', async () => {
    await isDown.promise;
    return 'shown';
  });
  await library.connect();
  const body = { client_id: library.clientId, tool_name: 'show' };
  const { call_id } = (await call('POST', `${server.httpUrl}/call_tool`, body)).body;
  store.mood = 'fails';
  isDown.resolve();
  await hasFailed;
  store.mood = 'works';
  const ended = await call('GET', `${server.httpUrl}/calls/${call_id}`, undefined, { prefer: 'wait=20' });
  expect(ended.body).toMatchObject({ status: 'completed', result: 'shown' });
  expect(errors).toEqual([]);
  await library.close();
}, 60_000);

it('calls that need no store work as usual, and all others do again after the outage', async () => {
  store.mood = 'fails';
  for (const path of ['/', '/health', '/docs', '/openapi.json']) {
    expect((await call('GET', server.httpUrl + path)).status).toBe(200);
  }
  store.mood = 'works';
  expect(
    (await call('POST', `${server.httpUrl}/send_message`, { client_id: client.clientId, content: 'back' })).status,
  ).toBe(200);
  expect((await client.nextOf('chat_message')).data.content).toBe('back');
});
