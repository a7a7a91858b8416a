/** Two programs with one token: the second replaces the first, and the first stays away. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { createClient } from '../../clients/typescript/src';
import { CuttingProxy } from '../chaos/cutting-proxy';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { hasPythonClient, PYTHON } from '../support/python';
import { ROOT } from '../support/readme';

/** Milliseconds in which nobody may reconnect: these clients wait 10 at most, so it would happen some hundred times. */
const WHILE = 2_000;

const keys = createKeysFile();
let server: TestServer;
let proxy: CuttingProxy;

beforeEach(async () => {
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
  proxy = await CuttingProxy.start(1, Number(new URL(server.webSocketUrl).port));
});

afterEach(async () => {
  await proxy.stop();
  await server.stop();
});

afterAll(() => keys.remove());

async function newToken(): Promise<string> {
  const authorization = `Bearer ${keys.read().api_key.current}`;
  return (await call('POST', `${server.httpUrl}/tokens`, { client_id: crypto.randomUUID() }, { authorization })).body
    .token;
}

test('a replaced client stays away in TypeScript', async () => {
  const token = await newToken();
  const timers = { backoffMs: 10, backoffMaxMs: 10 };
  const options = { url: proxy.url, webSocket: WebSocket, token: () => token, timers };
  const [first, second] = [createClient(options), createClient(options)];
  await first.connect();
  const replaced = new Promise((resolve) =>
    first.onState(({ state, reason }) => state === 'closed' && resolve(reason)),
  );
  await second.connect();
  expect(await replaced).toBe('replaced');
  await wait(WHILE);
  expect([first.state, second.state, proxy.counts.connections]).toEqual(['closed', 'connected', 2]);
  expect((await second.chat('still there?')).content).toBe('Echo: still there?');
  await second.close();
});

const PROGRAM = `
import asyncio, sys
from switchboard_client import Client, Timers

async def main():
    url, token, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000
    first, second = [Client(url, token=lambda: token, timers=Timers(backoff_ms=10, backoff_max_ms=10)) for _ in range(2)]
    await first.connect()
    await second.connect()
    change = await first.wait_closed()
    await asyncio.sleep(seconds)
    print(first.state, second.state, (await second.chat("still there?")).content, "|", change.message)
    await second.close()

asyncio.run(main())
`;

(hasPythonClient() ? test : test.skip)('a replaced client stays away in Python', async () => {
  const env = { PYTHONPATH: join(ROOT, 'clients/python/src'), PYTHONDONTWRITEBYTECODE: '1' };
  const args = ['-c', PROGRAM, proxy.url, await newToken(), String(WHILE)];
  const { stdout } = await promisify(execFile)(PYTHON, args, { env });
  const [states, sentence] = stdout.trim().split(' | ');
  expect(states).toBe('closed connected Echo: still there?');
  expect(sentence).toMatch(/^Another program .*\.$/);
  expect(proxy.counts.connections).toBe(2);
});
