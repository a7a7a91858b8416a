/**
 * Outages of the store, a few seconds each: what was answered is either stored or reported as failed, no session is lost or left
 * behind, and the first newcomer afterwards is served at once. `npm run attack -- outages` runs longer ones and measures the recovery. OUTAGE_SEED=… repeats the clients' actions.
 */
import { type ChildServer, startChildServer } from '../support/child-server';
import { type FlakyStore, type Mood, startFlakyStore } from '../support/flaky-store';
import { call } from '../support/http';
import { goThroughOutage } from '../support/outage';
import { seedFrom } from '../support/random';
import { TestClient } from '../support/test-client';

const CLIENTS = 5;
const SECONDS = 4;

/** Outages that calls can survive if they are this short. */
const WAITED_OUT: ReadonlySet<Mood> = new Set(['hangs', 'stalls']);

const seed = seedFrom('OUTAGE_SEED');

let store: FlakyStore;
let server: ChildServer;
let said = '';

beforeAll(async () => {
  store = await startFlakyStore();
  const environment = { LOG_LEVEL: 'error', DYNAMODB_ENDPOINT: store.url };
  server = await startChildServer({ options: ['--wire'], environment });
  server.process.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  await warmUp();
});

/** The first calls of a process are slow, even more so on a busy machine: they must not count as the outage's. */
async function warmUp(): Promise<void> {
  const client = await TestClient.connect(server.webSocketUrl);
  for (let count = 0; count < 50; count += 1) {
    await client.ask({ type: 'chat_message', data: { content: 'hello' } });
    await call('POST', `${server.httpUrl}/send_message`, { client_id: client.clientId, content: 'hello' });
  }
  await client.close();
}

afterAll(async () => {
  server.process.kill('SIGTERM');
  expect((await server.exit).code).toBe(0);
  await store.stop();
});

it.each<Mood>(['refuses', 'hangs', 'stalls', 'throttles', 'fails', 'loses'])('a store that %s', async (mood) => {
  const result = await goThroughOutage(
    { server, store, said: () => said },
    { mood, seconds: SECONDS, clients: CLIENTS, seed },
  );
  process.stderr.write(`${mood}: ${JSON.stringify(result)}\n`);
  if (result.problems.length > 0) process.stderr.write(`The server said:\n${said.slice(-20_000)}\n`);
  expect(result.problems).toEqual([]);
  expect(result.failedAttempts).toEqual({ newcomer: 0, push: 0 });
  expect(result.chats.answered).toBeGreaterThan(0);
  // A call that the store answers late is retried, and finally succeeds; the others show that there was an outage.
  if (!WAITED_OUT.has(mood)) expect(result.pushes.answered).toBeLessThan(result.pushes.asked);
});
