/** Events from a server to webhook receivers: what is sent, to whom, and what happens if it is not accepted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newFolder, removeFolders } from '../support/data-folder';
import { eventStorm, expectAllTold } from '../support/event-storm';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';
import { SECRET, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-webhooks-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterAll(removeFolders);

/** A file of receivers. */
function receiversFile(receivers: object): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, JSON.stringify(receivers));
  return path;
}

async function converse({ webSocketUrl, httpUrl }: TestServer): Promise<string> {
  const client = await TestClient.connect(webSocketUrl);
  await client.ask({ type: 'ping' });
  await client.ask({ type: 'chat_message', data: { content: 'Hello', id: 1 }, message_id: 'm-1' });
  const body = { client_id: client.clientId, tool_name: 'show', params: {} };
  const called = await call('POST', `${httpUrl}/call_tool`, body);
  client.send({ type: 'tool_response', data: { call_id: called.body.call_id, result: { is: 'shown' } } });
  await call('GET', `${httpUrl}/calls/${called.body.call_id}`, undefined, { prefer: 'wait=20' });
  await call('POST', `${httpUrl}/broadcast`, { message_type: 'notification', data: {} });
  await client.nextOf('notification');
  await client.close();
  return client.clientId;
}

/** Waits until the answer to a call satisfies a condition. */
async function eventually<Answer>(ask: () => Promise<Answer>, holds: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const TYPES = [
  'client.connected',
  'message.received',
  'message.delivered',
  'message.delivered',
  'call.completed',
  'broadcast.completed',
  'client.disconnected',
];

describe.each([
  ['in memory', {}, false],
  ['on disk', { DATA_DIR: join(folder, 'data') }, false],
  ['on the wire', {}, true],
])('%s', (_host, settings, wire) => {
  let receiver: WebhookReceiver;
  let server: TestServer;
  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    const WEBHOOKS = receiversFile({ all: { url: receiver.url, secret: SECRET } });
    server = await startTestServer({ ...settings, WEBHOOKS }, { wire });
  });
  afterAll(async () => {
    await server.stop();
    await receiver.close();
  });

  test('sends each event once, in order, as a signed CloudEvent without contents', async () => {
    const clientId = await converse(server);
    await receiver.until((taken) => taken.length === TYPES.length);
    expect(receiver.invalid).toEqual([]);
    expect(receiver.taken.map(({ type }) => type).sort()).toEqual([...TYPES].sort());
    const ofClient = receiver.taken.filter(({ subject }) => subject === clientId);
    expect(ofClient.map(({ type }) => type)).toEqual(TYPES.filter((type) => type !== 'broadcast.completed'));
    const sequences = ofClient.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort());
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(TYPES.length);
    expect(JSON.stringify(receiver.taken)).not.toMatch(/Hello|shown/);
    const [, received] = ofClient;
    expect(received?.data).toMatchObject({
      client_id: clientId,
      message_id: 'm-1',
      message_type: 'chat_message',
      seq: 1,
    });
  });
});

describe.each([
  ['in memory', () => ({}), false],
  ['on disk', () => ({ DATA_DIR: newFolder() }), false],
  ['on the wire', () => ({}), true],
] as const)('a receiver with a label filter, %s,', (_host, settings, wire) => {
  const keys = createKeysFile();
  const types = ['client.disconnected', 'message.received', 'call.completed'];
  let receiver: WebhookReceiver;
  let server: TestServer;
  let start: () => Promise<TestServer>;

  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    const WEBHOOKS = receiversFile({ acme: { url: receiver.url, secret: SECRET, types, labels: ['acme'] } });
    const fixed = { ...settings(), AUTH: 'token', KEYS_FILE: keys.path, WEBHOOKS };
    start = () => startTestServer(fixed, { wire });
    server = await start();
  });
  afterAll(async () => {
    await server.stop();
    await receiver.close();
    keys.remove();
  });

  const ask = (method: string, path: string, body?: object) =>
    call(method, server.httpUrl + path, body, { authorization: `Bearer ${keys.read().api_key.current}` });
  const connect = async (body: object) => TestClient.connect((await ask('POST', '/tokens', body)).body.websocket_url);
  /** Types of the events about a client so far. */
  const toldOf = (clientId: string) =>
    receiver.taken.filter(({ subject }) => subject === clientId).map(({ type }) => type);

  test('gets the events of clients with that label, and no others', async () => {
    const [labelled, other] = [await connect({ labels: ['acme', 'site-7'] }), await connect({ labels: ['bolt'] })];
    await other.ask({ type: 'chat_message', data: { content: 'Hello' } });
    await labelled.ask({ type: 'chat_message', data: { content: 'Hello' } });
    await receiver.until((taken) => taken.some(({ subject }) => subject === labelled.clientId));
    expect(receiver.taken[0]?.data.labels).toEqual(['acme', 'site-7']);
    expect(toldOf(other.clientId)).toEqual([]);
    await Promise.all([labelled.close(), other.close()]);
  });

  test('gets those of an offline client', async () => {
    const client = await connect({ labels: ['acme'] });
    const { clientId } = client;
    const { body } = await ask('POST', '/call_tool', { client_id: clientId, tool_name: 'open' });
    await client.close();
    await receiver.until(() => toldOf(clientId).includes('client.disconnected'));
    expect((await ask('DELETE', `/calls/${body.call_id}`)).status).toBe(202);
    await receiver.until(() => toldOf(clientId).includes('call.completed'));
  });

  test('gets no more events of a client that reconnects without the label', async () => {
    const older = await connect({ labels: ['acme'] });
    const newer = await connect({ client_id: older.clientId });
    await newer.ask({ type: 'chat_message', data: { content: 'of nobody else' } });
    const witness = await connect({ labels: ['acme'] });
    await witness.ask({ type: 'chat_message', data: { content: 'Hello' } });
    await receiver.until(() => toldOf(witness.clientId).includes('message.received'));
    expect(toldOf(older.clientId)).not.toContain('message.received');
    await Promise.all([newer.close(), witness.close()]);
  });
});

test('each event of a server that is killed arrives at a receiver that is down for a while', async () => {
  expectAllTold(await eventStorm({ messages: 100, clients: 20, downFor: 500 }));
});

describe('receivers', () => {
  test('get the types and clients that they subscribed to, with contents if configured', async () => {
    const [all, few] = await Promise.all([startWebhookReceiver(), startWebhookReceiver()]);
    const WEBHOOKS = receiversFile({
      all: { url: all.url, secret: SECRET },
      calls: { url: few.url, secret: SECRET, types: ['call.completed'] },
      partner: { url: few.url, secret: SECRET, types: ['client.connected'], labels: ['partner-a'] },
    });
    const EVENTS = 'client.connected,message.received,call.completed';
    const server = await startTestServer({ WEBHOOKS, EVENTS, EVENT_CONTENTS: 'on' });
    try {
      await converse(server);
      await all.until((taken) => taken.length === 3);
      await few.until((taken) => taken.length === 1);
      expect(few.taken.map(({ type }) => type)).toEqual(['call.completed']);
      const [, received, called] = all.taken;
      expect(received?.data.data).toEqual({ content: 'Hello', id: 1 });
      expect(called?.data.data.result).toEqual({ is: 'shown' });
    } finally {
      await server.stop();
      await Promise.all([all.close(), few.close()]);
    }
  });

  test('that fail are listed with the reason, without secrets of their URL', async () => {
    let status = 503;
    const receiver = await startWebhookReceiver({ answer: () => status });
    const WEBHOOKS = receiversFile({ moody: { url: receiver.url, secret: SECRET, types: ['client.connected'] } });
    const server = await startTestServer({ WEBHOOKS });
    const state = async () => (await call('GET', `${server.httpUrl}/events`)).body;
    try {
      const client = await TestClient.connect(server.webSocketUrl);
      const failing = await eventually(state, ({ receivers }) => receivers[0].last_error);
      expect(failing).toMatchObject({ destination: 'webhooks', contents: false, queued: 1, dropped: 0 });
      expect(failing.receivers[0]).toMatchObject({
        name: 'moody',
        origin: new URL(receiver.url).origin,
        types: ['client.connected'],
        waiting: 1,
        last_error: { reason: 'status 503' },
      });
      expect(JSON.stringify(failing)).not.toContain('token=secret');
      status = 204;
      await receiver.until((taken) => taken.length === 1);
      const healed = await eventually(state, ({ queued }) => queued === 0);
      expect(healed.receivers[0]).toMatchObject({ delivered: 1, waiting: 0, failed: 0 });
      expect(new Set(receiver.came.map(({ id }) => id)).size).toBe(1);
      await client.close();
    } finally {
      await server.stop();
      await receiver.close();
    }
  });

  test.each([
    ['no file', () => join(folder, 'nowhere.json'), /cannot be read \(ENOENT\)/],
    ['invalid JSON', () => join(folder, 'text.json'), /is not JSON/],
    ['no URL', () => receiversFile({ a: { url: 'nowhere', secret: SECRET } }), /at a\.url/],
    [
      'a user name in a URL',
      () => receiversFile({ a: { url: 'http://user:hush-hush@a', secret: SECRET } }),
      /at a\.url: expected a URL without a user name/,
    ],
    ['an invalid secret', () => receiversFile({ a: { url: 'http://a', secret: 'hush-hush' } }), /at a\.secret/],
    ['a short secret', () => receiversFile({ a: { url: 'http://a', secret: 'whsec_aGk=' } }), /at a\.secret/],
    ['another scheme', () => receiversFile({ a: { url: 'file:///etc/passwd', secret: SECRET } }), /at a\.url/],
    [
      'an invalid type',
      () => receiversFile({ a: { url: 'http://a', secret: SECRET, types: ['x'] } }),
      /at a\.types\.0/,
    ],
    ['an invalid name', () => receiversFile({ 'a b': { url: 'http://a', secret: SECRET } }), /at a b/],
  ])('in a file with %s are refused at startup, and the error repeats no secret', async (_what, path, message) => {
    writeFileSync(join(folder, 'text.json'), 'hush-hush');
    const error = await startTestServer({ WEBHOOKS: path() }).catch((thrown) => thrown);
    expect(error.name).toBe('SettingError');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('hush');
  });
});
