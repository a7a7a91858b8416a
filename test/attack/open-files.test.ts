/** A process without free file descriptors: existing clients stay, new ones are told, and it is logged. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { handshake } from '../support/handshake';
import { call } from '../support/http';
import { TestClient } from '../support/test-client';

const ROOT = join(__dirname, '../..');
const LIMIT = 128;

let child: ChildProcess;

afterEach(() => child.kill('SIGKILL'));

async function start() {
  const program = `ulimit -n ${LIMIT}; exec "$0" --import tsx test/support/server-program.ts`;
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    WS_HOST: '127.0.0.1',
    WS_PORT: '0',
    API_PORT: '0',
    DATA_DIR: '',
  };
  child = spawn('sh', ['-c', program, process.execPath], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const said = { text: '' };
  child.stdout?.on('data', (chunk) => {
    said.text += chunk;
  });
  const urls = () => [/ws:\/\/\S+/.exec(said.text)?.[0], /http:\/\/\S+/.exec(said.text)?.[0]];
  while (!said.text.includes('/clients\n')) await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  const [webSocketUrl = '', httpUrl = ''] = urls();
  return { webSocketUrl, httpUrl, said };
}

it('the server accepts fewer connections than it may open files, logs this, and keeps serving', async () => {
  const { webSocketUrl, httpUrl, said } = await start();
  const [, most = ''] = /max_connections_lowered max_connections=(\d+)/.exec(said.text) ?? [];
  expect(Number(most)).toBeGreaterThan(10);
  expect(Number(most)).toBeLessThan(LIMIT);
  const clients: TestClient[] = [];
  for (let count = 0; count < Number(most); count += 1) clients.push(await TestClient.connect(webSocketUrl));
  for (let count = 0; count < LIMIT; count += 1) {
    const { status, headers } = await handshake(webSocketUrl);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
  }
  expect(said.text.match(/refused reason=too_many_connections/g)).toHaveLength(1);
  expect(await clients[0]?.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  expect((await call('GET', `${httpUrl}/health`)).status).toBe(200);
  await clients[0]?.close();
  while ((await call('GET', `${httpUrl}/status`)).body.connected_clients === clients.length);
  await (await TestClient.connect(webSocketUrl)).close();
});
