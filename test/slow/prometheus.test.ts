/** A real Prometheus scrapes a real server: its metrics, the alerts and the dashboard's queries of docs/operate. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ChildServer, startChildServer } from '../support/child-server';
import { type FlakyStore, startFlakyStore } from '../support/flaky-store';
import { freePort } from '../support/free-port';
import { call } from '../support/http';
import { endPrograms, startProgram } from '../support/program';
import { TestClient } from '../support/test-client';
import { failureOf, isAvailable } from '../support/toolchains';

const DOCS = join(__dirname, '../../docs/operate');
const ALERTS = readFileSync(join(DOCS, 'alerts.yml'), 'utf8');
const { panels } = JSON.parse(readFileSync(join(DOCS, 'grafana-dashboard.json'), 'utf8'));

const MAX_CONNECTIONS = 6;
const MAX_HELD_BYTES = 2_000_000;

/** All rules without their delays, over the last seconds: a test does not wait for minutes. */
const quick = (rules: string) => rules.replace(/\bfor: \d+m/g, 'for: 0s').replace(/\[\d+m\]/g, '[10s]');

/** Calls until there is a result. */
async function eventually<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    await wait(500);
  }
}

const isHere = isAvailable('REQUIRE_PROMETHEUS', failureOf('promtool', ['--version']));

(isHere ? describe : describe.skip)('with Prometheus', () => {
  let store: FlakyStore;
  let server: ChildServer;
  let prometheus: string;
  const clients: TestClient[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-prometheus-'));

  beforeAll(async () => {
    store = await startFlakyStore();
    const environment = {
      ...{
        DYNAMODB_ENDPOINT: store.url,
        MAX_CONNECTIONS: String(MAX_CONNECTIONS),
        LOG_LEVEL: 'silent',
        CLIENT_RATE: '0',
      },
      ...{ MAX_HELD_BYTES: String(MAX_HELD_BYTES), MAX_UNSENT_BYTES: '8000000' },
    };
    server = await startChildServer({ environment, options: ['--wire'] });
    const port = await freePort();
    writeFileSync(join(folder, 'alerts.yml'), quick(ALERTS));
    const config = readFileSync(join(DOCS, 'prometheus.yml'), 'utf8')
      .replace('localhost:9005', new URL(server.httpUrl).host)
      .replace(/interval: 15s/g, 'interval: 1s');
    writeFileSync(join(folder, 'prometheus.yml'), config);
    prometheus = `http://127.0.0.1:${port}`;
    const options = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    startProgram('prometheus', [...options, `--web.listen-address=127.0.0.1:${port}`]);
  });

  afterAll(async () => {
    server?.process.kill('SIGKILL');
    for (const { socket } of clients) socket.terminate();
    await endPrograms();
    await store?.stop();
    rmSync(folder, { recursive: true });
  });

  async function connect(): Promise<TestClient> {
    const client = await TestClient.connect(server.webSocketUrl);
    clients.push(client);
    return client;
  }

  async function firing(): Promise<string[]> {
    const { body } = await call('GET', `${prometheus}/api/v1/alerts`);
    return body.data.alerts
      .filter(({ state }: { state: string }) => state === 'firing')
      .map(({ labels }: { labels: { alertname: string } }) => labels.alertname);
  }

  const fires = (name: string) => eventually(async () => (await firing()).includes(name) || undefined);
  const ends = (name: string) => eventually(async () => !(await firing()).includes(name) || undefined);

  async function use(client: TestClient): Promise<void> {
    await client.ask({ type: 'ping' });
    await client.ask({ type: 'chat_message', data: { content: 'Hello' } });
    await client.ask({ type: 'nothing-known' });
    const body = { client_id: client.clientId, content: 'pushed' };
    await call('POST', `${server.httpUrl}/send_message`, body);
    await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'notification', data: {} });
  }

  it('promtool accepts the metrics, the rules and the configuration', async () => {
    await use(await connect());
    const { text } = await call('GET', `${server.httpUrl}/metrics`);
    const check = (args: string[], input?: string) =>
      spawnSync('promtool', ['check', ...args], { input, encoding: 'utf8' });
    const outcomes = [
      check(['metrics'], text),
      check(['rules', join(DOCS, 'alerts.yml')]),
      check(['config', join(DOCS, 'prometheus.yml')]),
    ];
    expect(outcomes.map(({ status, stderr }) => [status, stderr])).toEqual(Array(3).fill([0, '']));
  });

  it('every query of the dashboard has data', async () => {
    const many = await Promise.allSettled(Array.from({ length: MAX_CONNECTIONS + 1 }, connect)); // so that there is a warning
    expect(many.map(({ status }) => status)).toContain('rejected');
    for (const other of clients) other.socket.terminate();
    const client = await eventually(() => connect().catch(() => undefined));
    store.mood = 'fails';
    await client.ask({ type: 'ping' }); // so that there is an error in the log
    store.mood = 'works';
    let isOver = false;
    const using = (async () => {
      while (!isOver) await use(client);
    })();
    const queries: string[] = panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
      targets.map(({ expr }) => expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '10s')),
    );
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) {
      await eventually(async () => {
        const { body } = await call('GET', `${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`);
        if (body.status !== 'success') throw new Error(`${query}: ${body.error}`);
        return body.data.result.length > 0 || undefined;
      });
    }
    isOver = true;
    await using;
    await client.close();
  });

  it('an alert fires while the store is slow, and not afterwards', async () => {
    const client = await connect();
    await ends('SwitchboardStoreSlow');
    store.mood = 'slow';
    let isOver = false;
    const using = (async () => {
      while (!isOver) await client.ask({ type: 'ping' });
    })();
    await fires('SwitchboardStoreSlow');
    store.mood = 'works';
    await ends('SwitchboardStoreSlow');
    isOver = true;
    await using;
    await client.close();
  });

  it('an alert fires when memory is near its limit', async () => {
    const client = await connect();
    client.socket.pause();
    const held = async () => {
      const { text } = await call('GET', `${server.httpUrl}/metrics`);
      return Number(/^switchboard_held_bytes\{kind="websocket"\} (\d+)/m.exec(text)?.[1]);
    };
    const body = { client_id: client.clientId, content: 'x'.repeat(100_000) };
    while ((await held()) < MAX_HELD_BYTES * 0.85) await call('POST', `${server.httpUrl}/send_message`, body);
    await fires('SwitchboardMemoryNearBound');
    client.socket.terminate();
    await ends('SwitchboardMemoryNearBound');
  });

  it('alerts fire when clients are refused, and while the server is not ready', async () => {
    expect(await firing()).not.toContain('SwitchboardNotReady');
    const isFull = () =>
      connect().then(
        () => undefined,
        () => true as const,
      );
    await eventually(isFull);
    for (let count = 0; count < 15; count += 1) await connect().catch(() => {});
    await Promise.all([fires('SwitchboardClientsRefused'), fires('SwitchboardNotReady')]);
    for (const client of clients) client.socket.terminate();
    await Promise.all([ends('SwitchboardClientsRefused'), ends('SwitchboardNotReady')]);
  });

  it('an alert fires when the server does not answer', async () => {
    server.process.kill('SIGTERM');
    await fires('SwitchboardDown');
  });
});
