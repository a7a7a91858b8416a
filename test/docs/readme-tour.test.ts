/** The README's commands, its client and its messages, run as they are written; only addresses are replaced. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms, type Program, startProgram } from '../support/program';
import { hasPythonClient, PYTHON } from '../support/python';
import { BlocksToRun, README, ROOT, readMarkdown, withAddresses } from '../support/readme';
import { TestClient } from '../support/test-client';

const blocks = new BlocksToRun();

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  endPrograms();
  await server.stop();
});

/** Runs a command as in a terminal, from the root of the repository. */
function runInShell(command: string, environment: Record<string, string> = {}): Program {
  return startProgram('bash', ['--norc', '-euo', 'pipefail', '-c', command], { cwd: ROOT, environment });
}

/** Saves a file as the README says. */
function saved(name: string, code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-readme-'));
  folders.push(folder);
  expect(readMarkdown(README)).toContain(`\`${name}\``);
  const path = join(folder, name);
  writeFileSync(path, withAddresses(code, server));
  return path;
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Runs a command that starts a server: on free ports, until it listens, and to its end. */
async function startAndStop(command: string): Promise<string> {
  const environment = { WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', DATA_DIR: '' };
  const { child, exit, shows } = runInShell(`exec ${command}`, environment);
  const [, httpUrl] = /HTTP API +(\S+)\n/.exec(await shows('/clients\n')) ?? [];
  expect((await call('GET', `${httpUrl}/health`)).status).toBe(200);
  child.kill('SIGTERM');
  const { code, stdout } = await exit;
  expect(code).toBe(0);
  return stdout;
}

describe('npm start', () => {
  const [install, start = '', ...rest] = blocks.take('sh', 'npm ci').trimEnd().split('\n');

  it('listens, after an installation that CI does in a fresh clone', async () => {
    expect([install, start, rest]).toEqual(['npm ci', 'npm start', []]);
    const freshClone = readFileSync(join(ROOT, 'scripts/fresh-clone.sh'), 'utf8');
    expect(freshClone).toMatch(/^npm ci\b/m);
    expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toMatch(/ bash scripts\/fresh-clone\.sh$/m);
    expect(await startAndStop(start)).toContain('Switchboard is running.');
  });
});

describe('npm start -- --wire', () => {
  const command = blocks.take('sh', '--wire');

  it('listens, and says where DynamoDB and @connections are', async () => {
    const output = await startAndStop(command);
    expect(output).toMatch(/SDK +http:\S+\/local/);
    expect(output).toMatch(/Data +in dynalite/);
  });
});

describe('the first chat', () => {
  const command = blocks.take('sh', 'npm run --silent client');

  it('prints the greeting and the answer, and ends', async () => {
    const { code, stdout } = await runInShell(withAddresses(command, server)).exit;
    expect(code).toBe(0);
    expect(stdout).toMatch(/connection_established.*Echo: Hello/s);
  });

  it('is a conversation without the pipe', async () => {
    const lines = ['hello', '/tool add {"a": 2, "b": 3}', '/help', '/quit'];
    for (const line of lines.slice(1)) expect(readMarkdown(README)).toContain(`\`${line}\``);
    const [, typed = ''] = command.split(' | ');
    const { child, exit, shows } = runInShell(withAddresses(typed, server));
    await shows('connection_established');
    for (const [index, answer] of ['Echo: hello', 'add', '/raw'].entries()) {
      child.stdin.write(`${lines[index]}\n`);
      await shows(answer);
    }
    child.stdin.write(`${lines.at(-1)}\n`);
    const { code, stdout } = await exit;
    expect(code).toBe(0);
    expect(stdout).toMatch(/tool_response +add.*5/);
  });
});

describe('the calls with curl', () => {
  const script = blocks.take('sh', 'curl');
  /** An error of the API makes the script fail. */
  const strict = 'curl() { command curl --fail-with-body --silent --show-error --max-time 10 "$@"; echo; }\n';

  it('all succeed, and the client gets their messages', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { code, stdout, stderr } = await runInShell(strict + withAddresses(script, server)).exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers).toMatchObject([
      { status: 'running', connected_clients: 1 },
      { clients: [{ client_id: client.clientId }], total: 1 },
      { status: 'success' },
      { status: 'success' },
      { status: 'success', recipients: 1, delivered: 1 },
    ]);
    const frames = [await client.next(), await client.next(), await client.next()];
    await client.close();
    expect(frames.map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'chat_message', data: { content: '你好', from_api: true } },
      {
        type: 'tool_call',
        data: { tool_name: 'show_map', params: { city: 'Shanghai' }, from_api: true, call_id: expect.any(String) },
      },
      { type: 'notification', data: { message: 'Maintenance at 22:00' } },
    ]);
  });
});

const ANY_TEXT = expect.any(String);

describe('a message and its answer', () => {
  const [sent = '', shown = '', ...rest] = blocks.take('json', 'chat_message').trimEnd().split('\n');

  it('are on the wire exactly as shown', async () => {
    expect(rest).toEqual([]);
    const client = await TestClient.connect(server.webSocketUrl);
    client.sendText(sent);
    const answer = await client.nextOf('chat_response');
    await client.close();
    const { message_id, timestamp, epoch, ...fixed } = JSON.parse(shown);
    const data = { ...fixed.data, timestamp: expect.any(String) };
    expect(answer).toEqual({ ...fixed, data, message_id: ANY_TEXT, timestamp: ANY_TEXT, epoch: ANY_TEXT });
    expect(epoch).toMatch(/^[\da-z]+…$/);
    expect(Object.keys(answer)).toEqual(Object.keys(JSON.parse(shown)));
    expect(answer.timestamp.replace(/\d/g, '0')).toBe(timestamp.replace(/\d/g, '0'));
    expect(message_id).toMatch(/^[\da-f]+…$/); // shortened, because nobody reads a UUID
  });
});

describe('the client in Python', () => {
  const code = blocks.take('python', 'websockets.connect');

  (hasPythonClient() ? it : it.skip)('chats, then shows pushes, and ends with the connection', async () => {
    const { exit, shows } = startProgram(PYTHON, ['-u', '-W', 'error', saved('hello.py', code)]);
    await shows("chat_response {'content': 'Echo: Hello'");
    const [client] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
    await call('POST', `${server.httpUrl}/send_message`, { content: '你好', client_id: client.client_id });
    await shows("chat_message {'content': '你好', 'from_api': True}");
    await call('DELETE', `${server.httpUrl}/clients/${client.client_id}`);
    expect(await exit).toMatchObject({ code: 0, stderr: '' });
  });
});

/** `extend.test.ts` runs the same block of docs/extend.md, and checks that it is the same. */
blocks.take('ts', 'shout-1');

it('each block is run', () => {
  expect(blocks.left).toEqual([]);
});
