import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';

const ROOT = join(__dirname, '../..');
const children: ChildProcessWithoutNullStreams[] = [];
const strangers: WebSocketServer[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const stranger of strangers.splice(0)) {
    for (const socket of stranger.clients) socket.terminate();
    stranger.close();
  }
});

/** The client in its own process; its standard input is a pipe that stays open. */
function startClient(...options: string[]) {
  return startClientIn({}, ...options);
}

function startClientIn(environment: Record<string, string>, ...options: string[]) {
  const { PATH, HOME } = process.env;
  const args = ['--import', 'tsx', 'cli/client/main.ts', ...options];
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { PATH, HOME, ...environment } });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  const exit = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      output[name] += chunk;
    });
  }
  /** Resolves when standard output or error contains this text, this many times. */
  async function shows(text: string, times = 1): Promise<void> {
    while (`${output.stdout}${output.stderr}`.split(text).length <= times) {
      const ended = exit.then(() => Promise.reject(new Error(`ended without "${text}": ${JSON.stringify(output)}`)));
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
    }
  }
  return { child, exit, shows, type: (line: string) => child.stdin.write(`${line}\n`) };
}

function runClient(options: string[], input = '') {
  const { child, exit } = startClient(...options);
  child.stdin.end(input);
  return exit;
}

/** Some other server on loopback, for behaviour that Switchboard does not have. */
async function startStranger(onConnection: (socket: WebSocket, url: string) => void, options: ServerOptions = {}) {
  const stranger = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
  strangers.push(stranger);
  stranger.on('connection', (socket, { url = '' }) => onConnection(socket, url));
  await once(stranger, 'listening');
  return `ws://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
}

function frame(type: string, data: object = {}, reply_to?: string): string {
  return JSON.stringify({ type, data, message_id: 'of-the-stranger', timestamp: '2024-01-01T00:00:00.000Z', reply_to });
}

describe('the command-line client with --tools', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  async function withTools(text: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-tools-'));
    folders.push(folder);
    const path = join(folder, 'tools.json');
    writeFileSync(path, text);
    return path;
  }
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it('registers the tools of the file, and answers calls with their configured results', async () => {
    const file = {
      open_page: { description: 'Opens a page.', result: { opened: true } },
      close_page: { error: { code: 'no_page', message: 'There is no page.' } },
    };
    const client = startClient(server.webSocketUrl, '--tools', await withTools(JSON.stringify(file)));
    await client.shows('connection_established');
    const { body } = await call('GET', `${server.httpUrl}/clients`);
    const client_id = body.clients[0].client_id;
    const callTool = async (tool_name: string) =>
      (await call('POST', `${server.httpUrl}/call_tool`, { client_id, tool_name }, { prefer: 'wait=20' })).body;
    expect(await callTool('open_page')).toMatchObject({ status: 'completed', result: { opened: true } });
    expect(await callTool('close_page')).toMatchObject({ status: 'failed', error: { code: 'no_page' } });
    expect(await callTool('dance')).toMatchObject({ status: 'failed', error: { code: 'unknown_tool' } });
    const { body: details } = await call('GET', `${server.httpUrl}/clients/${client_id}`);
    expect(details.tools).toMatchObject([{ name: 'open_page', description: 'Opens a page.' }, { name: 'close_page' }]);
    client.type('/quit');
    expect(await client.exit).toMatchObject({ code: 0 });
  });

  it.each(['not JSON', '[]', '{"open_page": true}'])('says what is wrong with a file that is %s', async (text) => {
    const { code, stderr } = await runClient([server.webSocketUrl, '--tools', await withTools(text)]);
    expect(code).toBe(1);
    expect(stderr).toContain('must be a JSON object such as');
  });

  it.each<[string, string[], string]>([
    ['a script', ['--script', '-'], 'Before the first line: the server refused the tools of --tools.\n'],
    ['a conversation', [], 'The connection ends: the server refused the tools of --tools.\n'],
  ])('ends %s with 1 if the server refuses the tools', async (_, options, sentence) => {
    const refused = await withTools('{"a name with spaces": {"result": 1}}');
    const { code, stdout, stderr } = await runClient([server.webSocketUrl, '--tools', refused, ...options], 'hello\n');
    expect([code, stderr]).toEqual([1, sentence]);
    expect(stdout).toMatch(/ error +invalid_message: /);
  });

  it('reports a missing file', async () => {
    const { code, stderr } = await runClient([server.webSocketUrl, '--tools', '/nowhere/tools.json']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "The tools in /nowhere/tools.json can't be read (ENOENT).\n" });
  });
});

describe('the command-line client', () => {
  let server: TestServer;
  let folder: string;

  beforeAll(async () => {
    server = await startTestServer();
    folder = mkdtempSync(join(tmpdir(), 'switchboard-client-'));
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  function script(...lines: string[]): string {
    const path = join(folder, 'script.txt');
    writeFileSync(path, lines.join('\n'));
    return path;
  }

  describe('with a script', () => {
    it('runs each line when the one before has been answered, and ends with 0', async () => {
      const lines = ['# a comment', '', 'hello', '/ping', '/tool add {"a": 2, "b": 3}', '/raw {"type": "ping"}'];
      const { code, stdout, stderr } = await runClient([server.webSocketUrl, '--script', script(...lines)]);
      const shown = stdout.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));
      expect(shown.slice(2)).toEqual([
        '> hello',
        'processing',
        'chat_response  Echo: hello',
        '> /ping',
        'pong',
        '> /tool add {"a": 2, "b": 3}',
        'tool_response  add = 5',
        '> /raw {"type": "ping"}',
        'pong',
        '',
      ]);
      expect([code, stderr]).toEqual([0, '']);
    });

    it('reads it from standard input, and stops at /quit', async () => {
      const { code, stdout } = await runClient(
        [server.webSocketUrl, '--script', '-'],
        '\ufeffone\r\n/help\r\n/quit\r\ntwo',
      );
      expect(code).toBe(0);
      expect(stdout).toContain('chat_response  Echo: one\n');
      expect(stdout).toContain('/raw TEXT');
      expect(stdout).not.toContain('two');
    });

    it('ends with 1 after an error, names each failed line, and still runs the others', async () => {
      const lines = ['hello', '/raw {bad', '# between', 'still here', '/raw {"type": "what", "message_id": "q"}'];
      const { code, stdout, stderr } = await runClient([server.webSocketUrl, '--script', script(...lines)]);
      expect(code).toBe(1);
      expect(stderr).toBe('Line 2 failed: answered with an error.\nLine 5 failed: answered with an error.\n');
      expect(stdout).toMatch(/error {10}invalid_json: /);
      expect(stdout).toContain('chat_response  Echo: still here\n');
      expect(stdout).toMatch(/error {10}unsupported_type: /);
    });

    it('ends with 1 after a tool has failed', async () => {
      const lines = ['/tool add {"a": 1}', '/tool add {"a": 1, "b": 1}', 'still here'];
      const { code, stdout, stderr } = await runClient([server.webSocketUrl, '--script', script(...lines)]);
      expect([code, stderr]).toEqual([1, 'Line 1 failed: the tool failed.\n']);
      expect(stdout).toContain('chat_response  Echo: still here\n');
    });

    it('recognizes the answer to a raw message of the team’s own type, which has no id', async () => {
      const url = await startStranger((socket) => {
        socket.send(frame('connection_established'));
        socket.on('message', () => {
          socket.send(frame('notification', { from_api: true }));
          socket.send(frame('order_taken', { order: 7 }));
        });
      });
      const { code, stdout, stderr } = await runClient([url, '--script', '-'], '/raw {"type":"order","data":{}}');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('order_taken');
    });

    it('sends nothing if a line cannot be understood', async () => {
      const { code, stdout, stderr } = await runClient([server.webSocketUrl, '--script', script('hello', '/tool x {')]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^Line 2: the parameters of \/tool must be a JSON object.*\n$/);
    });

    it('ends with 1 if an answer does not arrive in time', async () => {
      const url = await startStranger((socket) => socket.send(frame('connection_established')));
      const { code, stderr } = await runClient([url, '--timeout', '0.2', '--script', '-'], '\nhello\nnever sent');
      expect([code, stderr]).toEqual([1, 'Line 2 failed: no answer within 0.2 s; --timeout sets how long to wait.\n']);
    });

    it('ends with 1 if the server closes, and explains the close code', async () => {
      const url = await startStranger((socket) => {
        socket.send(frame('connection_established'));
        socket.on('message', () => socket.close(1008, 'not today'));
      });
      const { code, stderr } = await runClient([url, '--script', '-'], 'hello');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Line 1 failed: Closed with 1008 "not today": .+\.\n$/);
    });

    it('is not confused by pushes and by answers to other messages', async () => {
      const url = await startStranger((socket) => {
        socket.send(frame('connection_established'));
        socket.on('message', (text: RawData) => {
          const { message_id } = JSON.parse(text.toString());
          socket.send(frame('chat_message', { content: 'a push', from_api: true }));
          socket.send(frame('error', { code: 'c', error: 'not yours' }, 'other'));
          socket.send(frame('chat_response', { content: 'the answer' }, message_id));
        });
      });
      const { code, stdout } = await runClient([url, '--script', '-'], 'hello');
      expect(code).toBe(0);
      expect(stdout).toContain('the answer');
    });

    it('reports a missing file', async () => {
      const { code, stderr } = await runClient([server.webSocketUrl, '--script', join(folder, 'missing')]);
      expect([code, stderr]).toEqual([1, `The script ${join(folder, 'missing')} can't be read (ENOENT).\n`]);
    });
  });

  describe('in a conversation', () => {
    it('sends what is typed, shows what is pushed, and refuses unknown commands', async () => {
      const client = startClient(server.webSocketUrl);
      await client.shows('you are client ');
      client.type('hello');
      await client.shows('chat_response  Echo: hello\n');
      client.type('/nope');
      await client.shows(
        'Not sent: unknown command /nope; commands: /ping, /tool, /stream, /cancel, /raw, /help, /quit.\n',
      );
      await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'notification', data: { message: 'news' } });
      await client.shows('notification   {"message":"news"}\n');
      client.type('/quit');
      const { code, stdout } = await client.exit;
      expect(code).toBe(0);
      expect(stdout).toMatch(/Closed with 1000: .+\.\n$/);
      expect(stdout).not.toContain('\u001b');
    });

    it('waits for the last answers if its input is a pipe that ends', async () => {
      const { code, stdout } = await runClient([server.webSocketUrl], 'one\n/tool add {"a": 2, "b": 3}\n/ping\n');
      expect(code).toBe(0);
      expect(stdout).toContain('Echo: one\n');
      expect(stdout).toContain('add = 5\n');
      expect(stdout).toContain('pong\n');
    });

    it('closes with 1000 at Ctrl-C', async () => {
      const closed: Promise<number>[] = [];
      const url = await startStranger((socket) => {
        closed.push(once(socket, 'close').then(([code]) => code));
        socket.send(frame('connection_established'));
      });
      const client = startClient(url);
      await client.shows('connection_established');
      client.child.kill('SIGINT');
      expect((await client.exit).code).toBe(0);
      expect(await Promise.all(closed)).toEqual([1000]);
    });

    it('says why the server closed, and ends with 1', async () => {
      const url = await startStranger((socket) => socket.close(1000, 'bye'));
      const { code, stdout } = await startClient(url).exit;
      expect(code).toBe(1);
      expect(stdout).toMatch(/Closed with 1000 "bye": the conversation is over\.\n$/);
    });

    it('does not reconnect if the server forbids it', async () => {
      let connections = 0;
      const url = await startStranger((socket) => {
        connections += 1;
        socket.send(frame('connection_established'));
        socket.send(frame('connection_closing', { reason: 'removed', reconnect: false }));
        socket.close(4000);
      });
      expect((await startClient(url).exit).code).toBe(1);
      expect(connections).toBe(1);
    });

    it('reconnects as the same client after a restart, and keeps what is typed meanwhile', async () => {
      const first = await startTestServer();
      const WS_PORT = new URL(first.webSocketUrl).port;
      const client = startClient(first.webSocketUrl);
      await client.shows('you are client ');
      await first.stop();
      await client.shows('Closed with 1001');
      client.type('too early');
      await client.shows('Not sent: there is no connection at the moment.\n');
      const second = await startTestServer({ WS_PORT });
      await client.shows('you are client ', 2);
      client.type('hello again');
      await client.shows('chat_response  Echo: hello again\n');
      client.type('/quit');
      const { code, stdout } = await client.exit;
      await second.stop();
      expect(code).toBe(0);
      expect(new Set([...stdout.matchAll(/you are client (\S+)/g)].map(([, id]) => id)).size).toBe(1);
      expect(stdout).not.toContain('too early');
    });

    it('shows what it missed during a restart of the server', async () => {
      const DATA_DIR = mkdtempSync(join(tmpdir(), 'switchboard-client-'));
      const first = await startTestServer({ DATA_DIR });
      const client = startClient(first.webSocketUrl);
      await client.shows('you are client ');
      const { client_id } = (await call('GET', `${first.httpUrl}/clients`)).body.clients[0];
      await first.stop();
      const second = await startTestServer({ DATA_DIR, WS_PORT: new URL(first.webSocketUrl).port });
      const held = { client_id, content: 'while you were away', hold_seconds: 60 };
      await call('POST', `${second.httpUrl}/send_message`, held);
      await client.shows('from the server: while you were away\n');
      client.type('/quit');
      const { stdout } = await client.exit;
      await second.stop();
      rmSync(DATA_DIR, { recursive: true });
      expect(stdout.split('while you were away')).toHaveLength(2);
      expect(stdout).not.toContain('resumed');
    });

    it('shows and sends numbers digit for digit', async () => {
      const server = await startTestServer();
      const client = startClient(server.webSocketUrl);
      await client.shows('you are client ');
      client.type('/tool anything {"id": 9007199254740993}');
      await client.shows('Simulated result');
      const { client_id } = (await call('GET', `${server.httpUrl}/clients`)).body.clients[0];
      expect((await call('GET', `${server.httpUrl}/clients/${client_id}/messages`)).text).toContain('9007199254740993');
      const body = `{"client_id":"${client_id}","tool_name":"open","params":{"huge":1e400}}`;
      await call('POST', `${server.httpUrl}/call_tool`, body);
      await client.shows('open {"huge":1e400}\n');
      client.type('/quit');
      await client.exit;
      await server.stop();
    });

    it('gives up if its token is no longer accepted', async () => {
      let connections = 0;
      const verifyClient = (_: unknown, answer: (isTaken: boolean, status?: number) => void) =>
        answer(connections === 0, 403);
      const url = await startStranger(
        (socket) => {
          connections += 1;
          socket.terminate();
        },
        { verifyClient },
      );
      const { code, stderr } = await startClient(url).exit;
      expect([code, stderr]).toEqual([1, `${url} refuses this client (HTTP 403): give a valid token with --token.\n`]);
    });

    it('can be stopped while it is reconnecting', async () => {
      const url = await startStranger((socket) => socket.terminate());
      const client = startClient(url);
      await client.shows('Connecting again');
      client.type('/quit');
      expect((await client.exit).code).toBe(0);
    });

    it('sends pings at the server’s heartbeat interval, and does not show them', async () => {
      const pinged: string[] = [];
      const url = await startStranger((socket) => {
        socket.send(frame('connection_established', { heartbeat_seconds: 1 }));
        socket.on('message', (text: RawData) => {
          const { type, message_id } = JSON.parse(text.toString());
          pinged.push(type);
          socket.send(frame('pong', {}, message_id));
          socket.send(frame('notification', { after: 'the pong' }));
        });
      });
      const client = startClient(url);
      await client.shows('the pong');
      client.type('/quit');
      expect((await client.exit).stdout).not.toMatch(/ {2}pong/);
      expect(pinged[0]).toBe('ping');
    });

    it('sends a long message in frames that a strict server accepts', async () => {
      const strict = await startTestServer({ MAX_FRAME_BYTES: '32768' });
      const { code, stdout } = await runClient([strict.webSocketUrl, '--script', '-'], 'é'.repeat(50_000));
      await strict.stop();
      expect(code).toBe(0);
      expect(stdout).toContain('more characters');
    });
  });

  describe('without a connection', () => {
    it('says that no server is running', async () => {
      const url = await startStranger(() => {});
      await new Promise((resolve) => strangers.pop()?.close(resolve));
      const { code, stdout, stderr } = await runClient([url]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toBe(`Nothing listens at ${url}: start the server there, or name its URL.\n`);
    });

    it.each([401, 403])('asks for a token if the server answers %d, and does not show its own', async (status) => {
      const url = await startStranger(() => {}, { verifyClient: (_, answer) => answer(false, status) });
      const { code, stderr } = await runClient([url, '--token', 'secret']);
      expect([code, stderr]).toEqual([
        1,
        `${url} refuses this client (HTTP ${status}): give a valid token with --token.\n`,
      ]);
    });

    it('says if something else than a WebSocket answers', async () => {
      const { code, stderr } = await runClient([server.httpUrl.replace('http', 'ws')]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^ws:\S+ answered with HTTP \d+ instead of opening a WebSocket: .+\.\n$/);
    });

    it('explains the format of an address', async () => {
      const { code, stdout, stderr } = await runClient(['http://localhost:9004']);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toBe(
        '"http://localhost:9004" is not a WebSocket URL; expected ws://host:port or wss://host/stage.\n',
      );
    });
  });

  it('sends the token in the query', async () => {
    const urls: string[] = [];
    const url = await startStranger((socket, path) => {
      urls.push(path);
      socket.send(frame('connection_established'));
    });
    const { code, stdout, stderr } = await runClient([`${url}/stage`, '--token', 'a b&c']);
    expect(code).toBe(0);
    expect(urls).toEqual(['/stage?token=a+b%26c']);
    expect(`${stdout}${stderr}`).not.toContain('a b&c');
  });

  describe('at a server with access control', () => {
    const keys = createKeysFile();
    let guarded: TestServer;
    let token: string;
    let url: string;

    beforeAll(async () => {
      guarded = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
      const headers = { authorization: `Bearer ${keys.read().api_key.current}` };
      const { body } = await call('POST', `${guarded.httpUrl}/tokens`, {}, headers);
      token = body.token;
      url = body.websocket_url;
    });

    afterAll(async () => {
      await guarded.stop();
      keys.remove();
    });

    it.each<[string, () => ReturnType<typeof startClient>]>([
      ['the URL, as POST /tokens answers it', () => startClient(url, '--script', '-')],
      ['--token', () => startClient(guarded.webSocketUrl, '--script', '-', '--token', token)],
      ['SWITCHBOARD_TOKEN', () => startClientIn({ SWITCHBOARD_TOKEN: token }, guarded.webSocketUrl, '--script', '-')],
    ])('connects with a token in %s, and never shows it', async (_, start) => {
      const { child, exit } = start();
      child.stdin.end('hello');
      const { code, stdout, stderr } = await exit;
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('chat_response  Echo: hello\n');
      expect(stdout).not.toContain(token.slice(0, 20));
    });

    it('says what is missing without a token or with a wrong one, and shows no token', async () => {
      for (const wrong of [guarded.webSocketUrl, `${url}x`]) {
        const { code, stdout, stderr } = await runClient([wrong]);
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toMatch(/^ws:\S+ refuses this client \(HTTP 40[13]\): give a valid token with --token\.\n$/);
        expect(stderr).not.toContain(token.slice(0, 20));
      }
    });
  });

  it('prints its usage with --help', async () => {
    const { code, stdout, stderr } = await runClient(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const part of ['--script', '--timeout', '--token', '/ping', '/tool', '/raw', '/quit', 'ws://localhost:9004']) {
      expect(stdout).toContain(part);
    }
  });
});
