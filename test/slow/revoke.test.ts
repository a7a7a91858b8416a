/** One client of a thousand is revoked: it is closed and stays out over a restart, and the others notice nothing. */

import { type ChildServer, startChildServer } from '../support/child-server';
import { newFolder, removeFolders } from '../support/data-folder';
import { handshake } from '../support/handshake';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { TestClient } from '../support/test-client';

const CLIENTS = 1_000;

/** Handshakes under way at a time. */
const AT_ONCE = 50;

const keysFile = createKeysFile();
const DATA_DIR = newFolder();
let server: ChildServer;

beforeEach(async () => {
  server = await start();
});

afterEach(() => stop());

afterAll(() => {
  keysFile.remove();
  removeFolders();
});

function start(): Promise<ChildServer> {
  const environment = { AUTH: 'token', KEYS_FILE: keysFile.path, DATA_DIR, LOG_LEVEL: 'error' };
  return startChildServer({ environment });
}

async function stop(): Promise<void> {
  server.process.kill('SIGKILL');
  await server.exit;
}

function ask(method: string, path: string, body?: object) {
  const authorization = `Bearer ${keysFile.read().api_key.current}`;
  return call(method, server.httpUrl + path, body, { authorization });
}

async function newToken(clientId: string): Promise<string> {
  return (await ask('POST', '/tokens', { client_id: clientId, labels: ['device'] })).body.token;
}

test('a revoked client of 1,000 is closed, stays out over a restart, and is the only one', async () => {
  const tokens = new Map<string, string>();
  const clients: TestClient[] = [];
  for (let first = 0; first < CLIENTS; first += AT_ONCE) {
    const ids = Array.from({ length: AT_ONCE }, (_, index) => `device-${first + index}`);
    const opened = ids.map(async (id) => {
      tokens.set(id, await newToken(id));
      return TestClient.connect(`${server.webSocketUrl}/?token=${tokens.get(id)}`);
    });
    clients.push(...(await Promise.all(opened)));
  }
  const revoked = clients.splice(500, 1)[0] as TestClient;
  const token = tokens.get(revoked.clientId);
  const begun = performance.now();
  expect((await ask('POST', '/revocations', { client_id: revoked.clientId })).status).toBe(202);
  expect(await revoked.nextOf('connection_closing')).toMatchObject({ data: { reason: 'revoked', reconnect: false } });
  await revoked.closed;
  process.stdout.write(
    `A revoked client of ${CLIENTS} was closed after ${(performance.now() - begun).toFixed(0)} ms.\n`,
  );

  const answers = await Promise.all(clients.map((client) => client.ask({ type: 'ping' })));
  expect(answers.filter(({ type }) => type === 'pong')).toHaveLength(CLIENTS - 1);
  expect((await ask('GET', '/status')).body.connected_clients).toBe(CLIENTS - 1);

  await stop();
  server = await start();
  expect((await handshake(`${server.webSocketUrl}/?token=${token}`)).status).toBe(403);
  const back = await Promise.all(
    clients
      .slice(0, AT_ONCE)
      .map(({ clientId }) => TestClient.connect(`${server.webSocketUrl}/?token=${tokens.get(clientId)}`)),
  );
  expect(back.map(({ clientId }) => clientId)).toEqual(clients.slice(0, AT_ONCE).map(({ clientId }) => clientId));
  await Promise.all(back.map((client) => client.close()));
});
