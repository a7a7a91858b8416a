/** GET /metrics: who may read it, and what it counts. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

let server: TestServer | undefined;

afterEach(() => server?.stop());

async function start(environment: Record<string, string> = {}): Promise<TestServer> {
  server = await startTestServer(environment);
  return server;
}

/** The samples by name and labels, as they are in the text. */
async function samplesOf(
  { httpUrl }: TestServer,
  headers: Record<string, string> = {},
): Promise<Record<string, number>> {
  const { text, status } = await call('GET', `${httpUrl}/metrics`, undefined, headers);
  expect(status).toBe(200);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('the metrics can be read by', () => {
  const scrape = async ({ httpUrl }: TestServer, key?: string) => {
    const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    return (await call('GET', `${httpUrl}/metrics`, undefined, headers)).status;
  };
  const METRICS_KEY = 'a-key-for-metrics-alone';

  it('everybody without access control, like the list of clients', async () => {
    expect(await scrape(await start())).toBe(200);
  });

  it('holders of the API key with access control', async () => {
    const keys = createKeysFile();
    const closed = await start({ AUTH: 'token', KEYS_FILE: keys.path });
    const outcomes = [
      await scrape(closed),
      await scrape(closed, 'x'),
      await scrape(closed, keys.read().api_key.current),
    ];
    keys.remove();
    expect(outcomes).toEqual([401, 403, 200]);
  });

  it('holders of METRICS_KEY, which opens nothing else', async () => {
    const keys = createKeysFile();
    const closed = await start({ AUTH: 'token', KEYS_FILE: keys.path, METRICS_KEY });
    const outcomes = [
      await scrape(closed),
      await scrape(closed, keys.read().api_key.current),
      await scrape(closed, METRICS_KEY),
    ];
    const headers = { authorization: `Bearer ${METRICS_KEY}` };
    const { status } = await call('GET', `${closed.httpUrl}/clients`, undefined, headers);
    keys.remove();
    expect([outcomes, status]).toEqual([[401, 401, 200], 403]);
  });

  it('only holders of METRICS_KEY, if it is set, even without access control', async () => {
    const open = await start({ METRICS_KEY });
    expect([await scrape(open), await scrape(open, METRICS_KEY)]).toEqual([401, 200]);
  });
});

it('connections, messages by type and result, and their times are counted', async () => {
  const { webSocketUrl } = await start();
  const client = await TestClient.connect(webSocketUrl);
  await client.ask({ type: 'ping' });
  await client.ask({ type: 'ping' });
  await client.ask({ type: 'chat_message', data: { content: 'Hello' } });
  await client.ask({ type: 'chat_message', data: {} });
  await client.ask({ type: 'surprise-of-a-client' });
  const samples = await samplesOf(server as TestServer);
  expect(samples).toMatchObject({
    switchboard_connections: 1,
    switchboard_connections_opened_total: 1,
    'switchboard_messages_total{type="ping",result="ok"}': 2,
    'switchboard_messages_total{type="chat_message",result="ok"}': 1,
    'switchboard_messages_total{type="chat_message",result="invalid_message"}': 1,
    'switchboard_messages_total{type="unknown",result="unsupported_type"}': 1,
    'switchboard_message_seconds_count{type="ping"}': 2,
    'switchboard_message_seconds_bucket{type="ping",le="+Inf"}': 2,
    switchboard_ready: 1,
  });
  expect(samples['switchboard_store_seconds_count{store="clients",operation="receive"}']).toBeGreaterThan(0);
  expect(samples.nodejs_eventloop_lag_seconds).toBeDefined();
  expect(JSON.stringify(samples)).not.toContain('surprise');
  await client.close();
});

it.each([false, true])('clients are counted by label (--wire: %s)', async (wire) => {
  const file = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: file.path }, { wire });
  const headers = { authorization: `Bearer ${file.read().api_key.current}` };
  const connect = async (labels: string[]) => {
    const { body } = await call('POST', `${server?.httpUrl}/tokens`, { labels }, headers);
    return TestClient.connect(body.websocket_url);
  };
  const clients = [await connect(['acme', 'eu']), await connect(['acme']), await connect([])];
  expect(await samplesOf(server, headers)).toMatchObject({
    'switchboard_clients{label="acme"}': 2,
    'switchboard_clients{label="eu"}': 1,
  });
  await Promise.all(clients.map((client) => client.close()));
  file.remove();
});

it('pushes are counted by outcome, and broadcasts by the outcome of each post', async () => {
  const { webSocketUrl, httpUrl } = await start();
  const client = await TestClient.connect(webSocketUrl);
  const { clientId: client_id } = client;
  await call('POST', `${httpUrl}/send_message`, { client_id, content: 'a' });
  await call('POST', `${httpUrl}/send_message`, { client_id: 'nobody', content: 'b' });
  await call('POST', `${httpUrl}/broadcast`, { message_type: 'notification' });
  await client.close();
  await call('POST', `${httpUrl}/send_message`, { client_id, content: 'c', hold_seconds: 60 });
  expect(await samplesOf(server as TestServer)).toMatchObject({
    'switchboard_pushes_total{outcome="posted"}': 1,
    'switchboard_pushes_total{outcome="held"}': 1,
    'switchboard_pushes_total{outcome="not_connected"}': 1,
    'switchboard_broadcast_posts_total{outcome="delivered"}': 1,
    switchboard_broadcasts_running: 0,
    'switchboard_http_requests_total{route="POST /send_message",status="404"}': 1,
    'switchboard_http_requests_total{route="POST /broadcast",status="200"}': 1,
  });
});

it('a call above the rate limit of its key is not a failed push', async () => {
  const file = createKeysFile();
  const { httpUrl } = await start({ AUTH: 'token', KEYS_FILE: file.path });
  const admin = { authorization: `Bearer ${file.read().api_key.current}` };
  const { body: key } = await call('POST', `${httpUrl}/keys`, { name: 'slow', scopes: ['push'], rate: 1 }, admin);
  const headers = { authorization: `Bearer ${key.key}` };
  const push = () => call('POST', `${httpUrl}/send_message`, { client_id: 'nobody', content: 'a' }, headers);
  const answers = await Promise.all(Array.from({ length: 5 }, push));
  expect(answers.map(({ status }) => status)).toContain(429);
  const samples = await samplesOf(server as TestServer, admin);
  expect(samples).toMatchObject({
    'switchboard_pushes_total{outcome="throttled"}': 0,
    'switchboard_pushes_total{outcome="not_connected"}': answers.filter(({ status }) => status === 404).length,
  });
  file.remove();
});

it('the history, the queue of webhooks and waiting handshakes are measured', async () => {
  const refuses = createServer((_, response) => response.writeHead(500).end()).listen(0, '127.0.0.1');
  await once(refuses, 'listening');
  const url = `http://127.0.0.1:${(refuses.address() as AddressInfo).port}/`;
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-webhooks-'));
  const WEBHOOKS = join(folder, 'webhooks.json');
  writeFileSync(WEBHOOKS, JSON.stringify({ team: { url, secret: `whsec_${'A'.repeat(32)}` } }));
  const { webSocketUrl } = await start({ WEBHOOKS });
  const client = await TestClient.connect(webSocketUrl);
  await client.ask({ type: 'chat_message', data: { content: 'Hello' } });
  await client.ask({ type: 'join', data: { group: 'team-7' } });
  const failed = 'switchboard_webhook_attempts_total{receiver="team",outcome="failed"}';
  let samples = await samplesOf(server as TestServer);
  while (!(Number(samples[failed]) > 0)) samples = await samplesOf(server as TestServer);
  expect(samples).toMatchObject({
    'switchboard_webhook_attempts_total{receiver="team",outcome="delivered"}': 0,
    'switchboard_webhook_events{state="failed"}': 0,
    switchboard_webhook_events_dropped_total: 0,
    switchboard_webhook_events_bytes_limit: 67_108_864,
    switchboard_history_bytes_limit: 67_108_864,
    'switchboard_handshakes_waiting{state="slowed"}': 0,
    'switchboard_handshakes_waiting{state="no_request"}': 0,
  });
  expect(samples['switchboard_webhook_events{state="waiting"}']).toBeGreaterThan(0);
  expect(samples.switchboard_webhook_events_bytes).toBeGreaterThan(0);
  expect(samples.switchboard_history_bytes).toBeGreaterThan(0);
  const timed = Object.keys(samples).filter((name) => /seconds_count\{store="groups"/.test(name));
  expect(timed).not.toEqual([]);
  await client.close();
  refuses.close();
  refuses.closeAllConnections();
  rmSync(folder, { recursive: true });
});

it('refused clients are counted by reason', async () => {
  const { webSocketUrl } = await start({ MAX_CONNECTIONS: '1' });
  const client = await TestClient.connect(webSocketUrl);
  await expect(TestClient.connect(webSocketUrl)).rejects.toThrow('503');
  expect(await samplesOf(server as TestServer)).toMatchObject({
    'switchboard_refused_total{reason="too_many_connections"}': 1,
    switchboard_connections_limit: 1,
    switchboard_ready: 0,
  });
  await client.close();
});
