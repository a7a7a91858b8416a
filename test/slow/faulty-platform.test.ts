/**
 * 10,000 pushes to 200 connected clients while the platform answers 410 for open connections, resets reused sockets, and is slow.
 * FAULTS_SEED=… repeats the same faults.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type ChildServer, startChildServer } from '../support/child-server';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { type FaultyConnections, startFaultyConnections } from '../support/faulty-connections';
import { call } from '../support/http';
import type { PushOutcome } from '../support/push-process';
import { seedFrom } from '../support/random';
import { TestClient } from '../support/test-client';

const CLIENTS = 200;
/** A full run has 10,000. */
const PUSHES = Number(process.env.FAULTS_PUSHES ?? 2_000);
const CREDENTIALS = 'local:secret';

const seed = seedFrom('FAULTS_SEED');

let dynamo: RunningDynamo;
let server: ChildServer;
let platform: FaultyConnections;
let clients: TestClient[];

beforeAll(async () => {
  dynamo = await startDynalite();
  const environment = { LOG_LEVEL: 'error', DYNAMODB_ENDPOINT: dynamo.url, CONNECTIONS_CREDENTIALS: CREDENTIALS };
  server = await startChildServer({ options: ['--wire'], environment });
  platform = await startFaultyConnections(server.connectionsUrl as string, seed, {
    falselyGone: 0.02,
    delayed: 0.01,
    delay: 3_000,
    reset: 0.05,
  });
  clients = [];
  while (clients.length < CLIENTS) clients.push(await TestClient.connect(server.webSocketUrl));
});

afterAll(async () => {
  for (const client of clients) client.socket.close();
  while ((await call('GET', `${server.httpUrl}/status`)).body.connected_clients > 0);
  server.process.kill('SIGTERM');
  await server.exit;
  await platform.stop();
  await dynamo.stop();
});

async function push(): Promise<PushOutcome[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/push-process.ts'], {
    env: {
      ...process.env,
      DYNAMODB_ENDPOINT: dynamo.url,
      CLIENTS_TABLE: 'switchboard-clients',
      MESSAGES_TABLE: 'switchboard-messages',
      HISTORY_SECONDS: '86400',
      CALLBACK_URL: platform.url,
      CONNECTIONS_CREDENTIALS: CREDENTIALS,
      PUSHES: String(PUSHES),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(clients.map(({ clientId }) => clientId)));
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(output);
}

async function receivedBy(client: TestClient): Promise<string[]> {
  client.send({ type: 'ping' });
  const contents: string[] = [];
  for (;;) {
    const { type, data } = await client.next();
    if (type === 'pong') return contents;
    contents.push(data.content);
  }
}

it('each push is received once or reported as not delivered, and no client loses its session', async () => {
  const outcomes = await push();
  const { body } = await call('GET', `${server.httpUrl}/clients?limit=1000`);
  const listed = new Set(body.clients.map(({ client_id }: { client_id: string }) => client_id));
  const received = new Map<string, number>();
  for (const client of clients) {
    for (const content of await receivedBy(client)) {
      const key = `${client.clientId} ${content}`;
      received.set(key, (received.get(key) ?? 0) + 1);
    }
  }
  const statuses: Record<number, number> = {};
  for (const { status } of outcomes) statuses[status] = (statuses[status] ?? 0) + 1;
  process.stderr.write(`faults ${JSON.stringify(platform.counts)}, answers ${JSON.stringify(statuses)}\n`);

  expect(outcomes).toHaveLength(PUSHES);
  const times = ({ clientId, content }: PushOutcome) => received.get(`${clientId} ${content}`) ?? 0;
  expect(outcomes.filter((outcome) => outcome.status === 200 && times(outcome) === 0)).toEqual([]);
  expect(outcomes.filter((outcome) => times(outcome) > 1)).toEqual([]);
  expect(clients.filter(({ clientId }) => !listed.has(clientId))).toEqual([]);
  expect(outcomes.filter(({ status }) => status !== 200).length).toBeLessThan(PUSHES / 100);
  expect(Math.min(...Object.values(platform.counts))).toBeGreaterThan(PUSHES / 500); // otherwise nothing was tested
});
