import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { hasBrowser, launchBrowser } from '../support/browser';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms, type Program, startProgram } from '../support/program';
import { hasPythonClient, PYTHON } from '../support/python';
import { TestClient } from '../support/test-client';

const EXAMPLES = join(__dirname, '../../examples');
const CLIENTS = join(__dirname, '../../clients');

/** Node.js 20 hides its WebSocket behind a flag that later versions do not have. */
const WEB_SOCKET = Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-websocket'] : [];

/** Serves a single page on a free loopback port. */
async function servePage(file: string): Promise<{ url: string; stop(): void }> {
  const pages = createServer((_, response) => response.setHeader('content-type', 'text/html').end(readFileSync(file)));
  await once(pages.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`,
    stop() {
      pages.close();
      pages.closeAllConnections();
    },
  };
}

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  endPrograms();
  await server.stop();
});

describe('call_tool.sh', () => {
  const runCallTool = (...args: string[]) =>
    startProgram('bash', [join(EXAMPLES, 'call_tool.sh'), ...args], { environment: { API: server.httpUrl } }).exit;

  it('prints the result of the call', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const exit = runCallTool(client.clientId, 'open_page', '{"page": 7}');
    const { data } = await client.nextOf('tool_call');
    expect(data).toMatchObject({ tool_name: 'open_page', params: { page: 7 } });
    client.send({ type: 'tool_response', data: { call_id: data.call_id, result: { status: 'open' } } });
    const { code, stdout, stderr } = await exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', result: { status: 'open' } });
    await client.close();
  });

  it('says what it needs if something is missing', async () => {
    const { code, stderr } = await runCallTool('a-client');
    expect(code).not.toBe(0);
    expect(stderr).toContain('Usage: bash call_tool.sh CLIENT_ID TOOL_NAME [PARAMS]');
  });

  it('says why the server refused the call', async () => {
    const { code, stderr } = await runCallTool('nobody', 'open_page');
    expect(code).toBe(1);
    expect(stderr).toContain('No client with this client_id is connected');
  });

  it('continues to wait if the client takes longer than one call can wait', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const path = join(EXAMPLES, 'call_tool.sh');
    const impatient = readFileSync(path, 'utf8').replace('wait=20', 'wait=1');
    const program = startProgram('bash', ['-c', impatient, 'call_tool.sh', client.clientId, 'open_page'], {
      environment: { API: server.httpUrl },
    });
    const { data } = await client.nextOf('tool_call');
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // the first wait is over
    client.send({ type: 'tool_response', data: { call_id: data.call_id, error: 'stuck' } });
    const { code, stdout } = await program.exit;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { message: 'stuck' } });
    await client.close();
  });
});

describe('curl.sh', () => {
  const runCurlScript = () =>
    startProgram('bash', [join(EXAMPLES, 'curl.sh')], { environment: { API: server.httpUrl } }).exit;

  it('makes each call, and the client gets the messages', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { code, stdout, stderr } = await runCurlScript();
    const frames = [await client.next(), await client.next(), await client.next()];
    await client.close();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/^(GET|POST) \S+/gm)).toEqual([
      'GET /status',
      'GET /clients?limit=10',
      `GET /clients/${client.clientId}`,
      'POST /send_message',
      'POST /call_tool',
      'POST /broadcast',
      `GET /clients/${client.clientId}/messages?limit=10`,
    ]);
    expect(frames.map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'chat_message', data: { content: 'Hello from curl', from_api: true } },
      {
        type: 'tool_call',
        data: { tool_name: 'add', params: { a: 2, b: 3 }, from_api: true, call_id: expect.any(String) },
      },
      { type: 'notification', data: { message: 'Hello, everybody' } },
    ]);
  });

  it('says what to do if nobody is connected', async () => {
    const { code, stderr } = await runCurlScript();
    expect([code, stderr]).toEqual([
      1,
      'Nobody is connected: connect a client first, for example with `npm run client`.\n',
    ]);
  });
});

describe('at a server with access control', () => {
  const keys = createKeysFile();

  beforeEach(async () => {
    await server.stop();
    server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
  });

  afterAll(() => keys.remove());

  async function urlWithToken(): Promise<string> {
    const headers = { authorization: `Bearer ${keys.read().api_key.current}` };
    return (await call('POST', `${server.httpUrl}/tokens`, {}, headers)).body.websocket_url;
  }

  it('curl.sh makes each call with API_KEY, and shows the refusal without it', async () => {
    const client = await TestClient.connect(await urlWithToken());
    const run = (environment: Record<string, string>) =>
      startProgram('bash', [join(EXAMPLES, 'curl.sh')], { environment: { API: server.httpUrl, ...environment } }).exit;
    expect(await run({ API_KEY: keys.read().api_key.current })).toMatchObject({ code: 0, stderr: '' });
    expect((await client.nextOf('notification')).data).toEqual({ message: 'Hello, everybody' });
    const without = await run({});
    expect(without.code).not.toBe(0);
    expect(without.stdout).toContain('{"message":"Unauthorized"}');
    await client.close();
  });

  (hasPythonClient() ? it : it.skip)(
    'python_client.py accepts a token in its URL, and gives up if it is refused',
    async () => {
      const run = (url: string) => startProgram(PYTHON, ['-W', 'error', join(EXAMPLES, 'python_client.py'), url]);
      const good = run(await urlWithToken());
      good.child.stdin.end('hello\n');
      expect((await good.exit).stdout).toContain('chat_response: Echo: hello\n');
      const bad = run(server.webSocketUrl);
      const { code, stderr } = await bad.exit;
      expect(code).toBe(1);
      expect(stderr).toContain('401');
    },
  );
});

(hasPythonClient() ? describe : describe.skip)('python_client.py', () => {
  beforeEach(async () => {
    await server.stop();
    server = await startTestServer({ MAX_FRAME_BYTES: '32768' });
  });

  const run = (url: string) => startProgram(PYTHON, ['-W', 'error', join(EXAMPLES, 'python_client.py'), url]);

  it('sends lines, shows the answers, and ends with its input', async () => {
    const { child, exit } = run(server.webSocketUrl);
    child.stdin.end(`hello\n${'long '.repeat(20_000)}\n`);
    const { code, stdout, stderr } = await exit;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('chat_response: Echo: hello\n');
    expect(stdout).toContain(`chat_response: Echo: ${'long '.repeat(20_000)}`);
  });

  it('shows pushes, and reconnects after a lost connection', async () => {
    const { child, exit, shows } = run(server.webSocketUrl);
    await shows('connection_established: ');
    const [first] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
    await call('POST', `${server.httpUrl}/send_message`, { content: 'a push', client_id: first.client_id });
    await shows('chat_message: a push\n');
    await server.stop();
    await shows('Trying again in ');
    server = await startTestServer({ WS_PORT: new URL(server.webSocketUrl).port });
    child.stdin.end('after the break\n');
    const { code, stdout } = await exit;
    expect(code).toBe(0);
    expect(stdout).toContain('chat_response: Echo: after the break\n');
    expect(stdout.match(/connection_established: /g)).toHaveLength(2);
  });

  it.each([
    [{ reason: 'replaced', reconnect: false }, 1001, 'Closed with 1001.'],
    [{ reason: 'too_fast', reconnect: true, after_ms: 600_000 }, 1000, 'Trying again in 600.'],
  ])('does what %j asks for, whatever the close code', async (data, code, said) => {
    const socketServer = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    socketServer.on('connection', (socket) => {
      socket.send(JSON.stringify({ type: 'connection_closing', data }));
      socket.close(code);
    });
    await once(socketServer, 'listening');
    const { child, exit, shows } = run(`ws://127.0.0.1:${(socketServer.address() as AddressInfo).port}`);
    await shows(said);
    child.kill();
    await exit;
    socketServer.close();
  });

  it('does not reconnect if the team closes its connection', async () => {
    const { exit, shows } = run(server.webSocketUrl);
    await shows('connection_established: ');
    const [client] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
    await call('DELETE', `${server.httpUrl}/clients/${client.client_id}`);
    expect(await exit).toMatchObject({ code: 1, stderr: 'Closed with 1000.\n' });
  });
});

describe('with a client library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-example-'));

  afterAll(() => rmSync(folder, { recursive: true }));

  /** Installed in a way that Node.js can resolve. */
  async function chatInNode(): Promise<Program> {
    const bundle = join(folder, 'chat.mjs');
    await build({
      entryPoints: [join(EXAMPLES, 'libraries/chat.mjs')],
      ...{ outfile: bundle, bundle: true, format: 'esm', platform: 'node' },
      alias: { '@switchboard/client': join(CLIENTS, 'typescript/src/index.ts') },
    });
    return startProgram(process.execPath, [...WEB_SOCKET, bundle, server.webSocketUrl]);
  }

  async function chatInPython(): Promise<Program> {
    const environment = { PYTHONPATH: join(CLIENTS, 'python/src'), PYTHONDONTWRITEBYTECODE: '1' };
    const args = ['-W', 'error', join(EXAMPLES, 'libraries/chat.py'), server.webSocketUrl];
    return startProgram(PYTHON, args, { environment });
  }

  const programs: [string, () => Promise<Program>][] = [['chat.mjs', chatInNode]];
  if (hasPythonClient()) programs.push(['chat.py', chatInPython]);

  it.each(programs)(
    '%s chats, shows pushes, runs its tool, and reconnects after a lost connection',
    async (_, start) => {
      const { child, exit, shows } = await start();
      child.stdin.write('hello\n');
      await shows('Echo: hello\n');
      const [{ client_id }] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
      await call('POST', `${server.httpUrl}/send_message`, { content: 'a push', client_id });
      await shows('> a push\n');
      const request = { client_id, tool_name: 'add_here', params: { a: 2, b: 3 } };
      const { body } = await call('POST', `${server.httpUrl}/call_tool`, request, { prefer: 'wait=20' });
      expect(body).toMatchObject({ status: 'completed', result: 5 });
      await server.stop();
      await shows('[waiting]');
      server = await startTestServer({ WS_PORT: new URL(server.webSocketUrl).port });
      child.stdin.end('after the break\n');
      expect(await exit).toMatchObject({ code: 0, stdout: 'Echo: hello\n> a push\nEcho: after the break\n' });
    },
  );
});

(hasBrowser() ? describe : describe.skip)('browser.html', () => {
  let browser: Browser;
  /** A page opened as a file has the origin `null`, which any page can give itself: the server refuses it. */
  let example: Awaited<ReturnType<typeof servePage>>;

  beforeAll(async () => {
    browser = await launchBrowser();
    example = await servePage(join(EXAMPLES, 'browser.html'));
  });

  afterAll(async () => {
    await browser?.close();
    example.stop();
  });

  async function open(): Promise<{ page: Page; errors: string[]; requests: string[] }> {
    const page = await browser.newPage({ viewport: { width: 900, height: 900 } });
    const errors: string[] = [];
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(`${example.url}?server=${encodeURIComponent(server.webSocketUrl)}`);
    return { page, errors, requests };
  }

  it('connects, chats, shows pushes, and closes', async () => {
    const { page, errors, requests } = await open();
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('connected as ').waitFor();
    const [client] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
    await page.getByLabel('Message', { exact: true }).fill('<b>hello</b>');
    await page.keyboard.press('Enter');
    await page.getByText('Echo: <b>hello</b>', { exact: true }).waitFor();
    await call('POST', `${server.httpUrl}/send_message`, { content: 'from the team', client_id: client.client_id });
    await page.getByLabel('Conversation').getByText('from the team').waitFor();
    await page.screenshot({ path: '.cache/browser-example.png' });
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
      expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
    }
    const logged = await page.getByRole('log').locator('div').allTextContents();
    expect(logged.map((row) => `${row.slice(0, 1)} ${JSON.parse(row.slice(2)).type}`)).toEqual([
      '← connection_established',
      '→ chat_message',
      '← processing',
      '← chat_response',
      '← chat_message',
    ]);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('closed with 1000').waitFor();
    expect(requests.filter((url) => !url.startsWith('data:') && !url.startsWith(example.url))).toEqual([]);
    expect(errors).toEqual([]);
    await page.close();
  });

  it('refuses to send a message above the frame limit, and keeps it and the connection', async () => {
    await server.stop();
    server = await startTestServer({ MAX_FRAME_BYTES: '32768' });
    const { page } = await open();
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('connected as ').waitFor();
    const field = page.getByLabel('Message', { exact: true });
    await field.fill('é'.repeat(16_384)); // twice as much in bytes
    await page.keyboard.press('Enter');
    await page.getByText(/The message has \d+ bytes; the server takes 32768\./).waitFor();
    expect(await field.inputValue()).toHaveLength(16_384);
    await field.fill('é'.repeat(16_000));
    await page.keyboard.press('Enter');
    await page.getByText(/^Echo: é+$/).waitFor();
    await page.close();
  });

  it('says that the server has gone away, and can reconnect', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('connected as ').waitFor();
    await server.stop();
    await page.getByText('closed with 1001').waitFor();
    expect(await page.getByRole('button', { name: 'Connect', exact: true }).isEnabled()).toBe(true);
    expect(await page.getByLabel('Message', { exact: true }).isDisabled()).toBe(true);
    await page.close();
  });
});
