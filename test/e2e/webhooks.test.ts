/** Events of a server to receivers of webhooks: what is told, to whom, and what becomes of what is not taken. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';
import { SECRET, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-webhooks-'));
afterAll(() => rmSync(folder, { recursive: true }));

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

  test('each event is told once, in order, as a signed CloudEvent without contents', async () => {
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
