import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, connect as openSocket, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, SETTINGS, SettingError } from '../../local/settings';
import { type ChildServer, type Exit, startChild, startChildServer } from '../support/child-server';
import { deferred } from '../support/deferred';
import { call } from '../support/http';
import { startTestServer } from '../support/local-server';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';

const BAD_SETTINGS: [name: keyof typeof SETTINGS, value: string][] = [
  ['WS_HOST', ''],
  ['WS_PORT', 'abc'],
  ['WS_PORT', '65536'],
  ['API_PORT', '-1'],
  ['CORS_ORIGINS', 'example.com'],
  ['AUTH', 'maybe'],
  ['OIDC_ISSUER', 'http://login.example.com'],
  ['OIDC_AUDIENCE', 'two words'],
  ['OIDC_CLIENT_ID_CLAIM', ''],
  ['OIDC_LABELS_CLAIM', 'two words'],
  ['OIDC_GROUPS_CLAIM', 'two words'],
  ['OIDC_MESSAGE_RATE_CLAIM', 'two words'],
  ['PRESENCE_GROUPS', 'two words'],
  ['KEYS_FILE', ''],
  ['DATA_DIR', ' '],
  ['HISTORY_SECONDS', '0'],
  ['HISTORY_PER_CLIENT', 'many'],
  ['HISTORY_TOTAL_BYTES', '1e9'],
  ['MAX_UNSENT_BYTES', '-5'],
  ['IDLE_SECONDS', '0.5'],
  ['MAX_FRAME_BYTES', 'none'],
  ['COLD_START_MS', '-1'],
  ['THROTTLE', 'maybe'],
  ['DYNAMODB_ENDPOINT', 'localhost:8000'],
  ['LOG_LEVEL', 'loud'],
  ['LOG_FORMAT', 'xml'],
  ['TLS_CERT', ' '],
  ['TLS_KEY', ' '],
  ['METRICS_KEY', 'short'],
  ['DRAIN_SECONDS', '-1'],
  ['ORIGINS', 'example.com'],
  ['PUBLIC_WS_URL', 'http://example.com'],
  ['PUBLIC_API_URL', 'ws://example.com'],
  ['TRUSTED_PROXIES', 'somewhere'],
  ['MAX_HELD_BYTES', '0'],
  ['MAX_CONNECTIONS', '0'],
  ['MAX_CONNECTIONS_PER_ADDRESS', '-1'],
  ['MAX_HTTP_CONNECTIONS', '0'],
  ['MAX_HTTP_CONNECTIONS_PER_ADDRESS', '-1'],
  ['CLIENT_RATE', '-1'],
  ['CLIENT_BURST', '0'],
  ['HEARTBEAT_SECONDS', '0'],
  ['CONNECTIONS_PORT', 'any'],
  ['CONNECTIONS_CREDENTIALS', 'nothing'],
  ['MCP_SERVERS', '[]'],
  ['WEBHOOKS', ' '],
  ['EVENTS', 'client.born'],
  ['EVENT_CONTENTS', 'some'],
  ['EVENTS_TOTAL_BYTES', '0'],
  ['RESPONDER', 'oracle'],
  ['RESPONDER_URL', 'localhost:11434'],
  ['RESPONDER_MODEL', 'two words'],
  ['RESPONDER_SYSTEM_PROMPT', 'x'.repeat(100_001)],
  ['RESPONDER_HISTORY', '-1'],
  ['RESPONDER_MAX_TOKENS', '0'],
  ['RESPONDER_SECONDS', '901'],
  ['RESPONDER_AWAY_SECONDS', 'long'],
  ['RESPONDER_FAILURE_TEXT', 'x'.repeat(501)],
  ['RESPONDER_TOOLS', 'maybe'],
  ['RESPONDER_CLIENT_CONCURRENCY', '0'],
  ['RESPONDER_CONCURRENCY', '0'],
];

const children: ChildServer['process'][] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function start(...options: Parameters<typeof startChildServer>): Promise<ChildServer> {
  const server = await startChildServer(...options);
  children.push(server.process);
  return server;
}

function failedStart(...options: Parameters<typeof startChild>): Promise<Exit> {
  const child = startChild(...options);
  children.push(child.process);
  return child.exit;
}

/** Rejects once nobody listens at a URL's port any more. */
async function reach(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = openSocket(Number(port), hostname);
  await once(socket, 'connect');
  socket.destroy();
}

function expectOneSentence({ code, stderr, stdout }: Exit, ...parts: string[]): void {
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).not.toContain('    at ');
  expect(stderr).toMatch(/^Switchboard did not start\. [^\n]+\.\n$/);
  for (const part of parts) expect(stderr).toContain(part);
}

describe('a start', () => {
  it('says where it listens, and writes nothing to stderr', async () => {
    const server = await start();
    expect((await call('GET', `${server.httpUrl}/health`)).status).toBe(200);
    const client = await TestClient.connect(server.webSocketUrl);
    await client.close();
    server.process.kill('SIGTERM');
    const { code, stdout, stderr } = await server.exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(server.webSocketUrl);
    expect(stdout).toContain(`${server.httpUrl}/docs`);
  });

  it('writes nothing to stderr with --wire either: the SDK does not warn about Node', async () => {
    const server = await start({ options: ['--wire'] });
    server.process.kill('SIGTERM');
    expect(await server.exit).toMatchObject({ code: 0, stderr: '' });
  });

  it('with --help lists the settings, and opens no port', async () => {
    const { exit } = startChild({ options: ['--help'] });
    const { code, stdout, stderr } = await exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^npm start -- \[--wire\]/);
    for (const name of Object.keys(SETTINGS)) expect(stdout).toContain(`  ${name} `);
  });

  it('continues if the reader of its log goes away', async () => {
    const server = await start();
    server.process.stdout?.destroy();
    for (let round = 0; round < 3; round++) {
      const client = await TestClient.connect(server.webSocketUrl); // which is logged, as is its end
      await client.close();
    }
    expect((await call('GET', `${server.httpUrl}/health`)).status).toBe(200);
    server.process.kill('SIGTERM');
    expect(await server.exit).toMatchObject({ code: 0, stderr: '' });
  });

  it('loads no module of the AWS SDK, and makes no outgoing calls', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-'));
    const file = join(folder, 'record.json');
    try {
      const preload = ['--require', join(__dirname, '../support/preload/record-outside.cjs')];
      const server = await start({ nodeOptions: preload, environment: { RECORD_TO: file } });
      const client = await TestClient.connect(server.webSocketUrl);
      await client.ask({ type: 'chat_message', data: { content: 'hello' } });
      await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news' });
      await call('GET', `${server.httpUrl}/docs`);
      server.process.kill('SIGTERM');
      await server.exit;
      const record = JSON.parse(readFileSync(file, 'utf8'));
      expect(record.modules).toBeGreaterThan(50);
      expect(record.sdkModules).toEqual([]);
      expect(record.listened).toEqual(['127.0.0.1', '127.0.0.1']);
      expect(record.connections).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(BAD_SETTINGS)('with %s=%j fails with a sentence that names it', (name, value) => {
    const read = () => readSettings({ [name]: value });
    expect(read).toThrow(SettingError);
    expect(read).toThrow(new RegExp(`^${name} is `));
    expect(read).toThrow(`be ${SETTINGS[name].allowed}.`);
    const isSecret = 'isSecret' in SETTINGS[name];
    if (isSecret) expect(read).not.toThrow(value);
    else expect(read).toThrow(`"${value}"`);
  });

  it('with an invalid setting exits with that sentence', async () => {
    const exit = await failedStart({ environment: { WS_PORT: 'abc' } });
    expectOneSentence(exit, 'WS_PORT', '"abc"', SETTINGS.WS_PORT.allowed);
  });

  it('is tried with an invalid value for every setting', () => {
    expect([...new Set(BAD_SETTINGS.map(([name]) => name))].sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('with missing keys fails with a sentence that names the setting and the file', async () => {
    const environment = { AUTH: 'token', KEYS_FILE: __dirname };
    expectOneSentence(await failedStart({ environment }), 'KEYS_FILE', `${__dirname} can't be read (EISDIR)`);
  });

  it('on data that another server uses fails with a sentence that names the setting and the folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-'));
    try {
      const environment = { DATA_DIR: join(folder, 'data') };
      await start({ environment });
      expectOneSentence(
        await failedStart({ environment }),
        'DATA_DIR',
        `${environment.DATA_DIR} is in use by another process`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('on an address of another machine fails with a sentence that names the setting', async () => {
    expectOneSentence(await failedStart({ environment: { WS_HOST: '192.0.2.1' } }), 'WS_HOST');
  });

  it('with an unknown option fails with a sentence that names it', async () => {
    expectOneSentence(await failedStart({ options: ['--prot=9004'] }), '"--prot=9004"', '--help');
  });

  describe('if a port is in use', () => {
    let other: Server;
    let port: number;

    beforeEach(async () => {
      other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      port = (other.address() as AddressInfo).port;
    });

    afterEach(() => other.close());

    it.each(['WS_PORT', 'API_PORT'])('as %s, fails with a sentence that says what to do', async (name) => {
      const exit = await failedStart({ environment: { [name]: String(port) } });
      expectOneSentence(exit, `Port ${port} is in use`, `set ${name} to another port`);
    });
  });
});

describe('a stop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'on %s closes clients with 1001, frees the ports and exits with 0',
    async (signal) => {
      const server = await start();
      const clients = await Promise.all([
        TestClient.connect(server.webSocketUrl),
        TestClient.connect(server.webSocketUrl),
      ]);
      await reach(server.httpUrl);
      server.process.kill(signal);
      const closed = await Promise.all(clients.map((client) => client.closed));
      expect(closed.map(({ code }) => code)).toEqual([1001, 1001]);
      expect(await server.exit).toMatchObject({ code: 0, stderr: '' });
      await expect(reach(server.httpUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await expect(reach(server.webSocketUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    },
  );

  it('is not disturbed by a second signal', async () => {
    const server = await start();
    const client = await TestClient.connect(server.webSocketUrl);
    server.process.kill('SIGINT');
    server.process.kill('SIGINT');
    server.process.kill('SIGTERM');
    expect((await client.closed).code).toBe(1001);
    expect(await server.exit).toMatchObject({ code: 0, stderr: '' });
  });

  it('lets a running handler answer before the connection closes', async () => {
    const asked = deferred();
    const answer = deferred<string>();
    const responder = {
      inline: true,
      model: 'slow',
      respond() {
        asked.resolve();
        return answer.promise;
      },
    };
    const server = await startTestServer({}, { app: { ...testApp, responder } });
    const client = await TestClient.connect(server.webSocketUrl);
    client.send({ type: 'chat_message', data: { content: 'wait' }, message_id: 'm1' });
    await asked.promise;
    const stopped = server.stop();
    answer.resolve('at last');
    expect(await client.nextOf('chat_response')).toMatchObject({ reply_to: 'm1', data: { content: 'at last' } });
    expect((await client.closed).code).toBe(1001);
    await stopped;
  });

  it('answers callers that wait for the result of a call, and the call goes on', async () => {
    const server = await startTestServer();
    const client = await TestClient.connect(server.webSocketUrl);
    const body = { client_id: client.clientId, tool_name: 'open_page' };
    const asked = call('POST', `${server.httpUrl}/call_tool`, body, { prefer: 'wait=20' });
    await client.nextOf('tool_call');
    await server.stop();
    expect(await asked).toMatchObject({ status: 202, body: { status: 'pending', call_id: expect.any(String) } });
  });

  it('is not delayed by a handler that never ends', async () => {
    const asked = deferred();
    const responder = {
      inline: true,
      model: 'stuck',
      respond() {
        asked.resolve();
        return new Promise<string>(() => {});
      },
    };
    const server = await startTestServer({}, { app: { ...testApp, responder } });
    const client = await TestClient.connect(server.webSocketUrl);
    client.send({ type: 'chat_message', data: { content: 'wait' } });
    await asked.promise;
    await server.stop();
    expect((await client.closed).code).toBe(1006);
    expect(server.log).toContainEqual(expect.objectContaining({ event: 'disconnected' }));
  });

  it('is not delayed by a client that never answers the closing handshake', async () => {
    const server = await start();
    const client = await TestClient.connect(server.webSocketUrl);
    client.socket.pause();
    server.process.kill('SIGTERM');
    expect(await server.exit).toMatchObject({ code: 0, stderr: '' });
    client.socket.terminate();
  });

  it('is not delayed by an HTTP connection that is kept open', async () => {
    const server = await start();
    const { hostname, port } = new URL(server.httpUrl);
    const socket = openSocket(Number(port), hostname);
    await once(socket, 'connect');
    socket.on('error', () => {}); // the server may cut it off, but must not wait for it
    socket.write('POST /broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
    server.process.kill('SIGTERM');
    expect(await server.exit).toMatchObject({ code: 0, stderr: '' });
    socket.destroy();
  });
});
