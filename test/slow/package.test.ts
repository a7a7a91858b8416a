/** The package as users and images have it: `npm pack`, installed in an empty folder, started with one command. */
import { execFile } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyOfTree, removeCopy } from '../support/changes';
import { commandOf, instructions, isIgnored } from '../support/dockerfile';
import { call } from '../support/http';
import { endPrograms, startProgram } from '../support/program';
import { ROOT } from '../support/readme';
import { TestClient } from '../support/test-client';

const run = promisify(execFile);

/** Of the whole installation on disk. */
const MAX_BYTES = 80e6;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-package-'));
  const source = copyOfTree(
    ROOT,
    readdirSync(ROOT).filter((name) => !isIgnored(name)),
  ); // as in the Dockerfile
  const { stdout } = await run('npm', ['pack', '--pack-destination', folder, '--json'], { cwd: source });
  removeCopy(source);
  const tarball = JSON.parse(stdout.slice(stdout.indexOf('[\n')))[0].filename;
  await install(`./${tarball}`);
});

const install = (what: string) =>
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', what], { cwd: folder });

afterAll(() => {
  endPrograms();
  rmSync(folder, { recursive: true });
});

function sizeOf(path: string): number {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

const switchboard = (...args: string[]) => run('node_modules/.bin/switchboard', args, { cwd: folder });

async function startServer(
  options: string[] = [],
  environment: Record<string, string> = {},
  [program = '', ...args]: string[] = ['npx', 'switchboard'],
) {
  const server = startProgram(program, [...args, ...options], {
    cwd: folder,
    environment: { WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', ...environment },
  });
  const greeting = await server.shows('Talk to it');
  const [webSocketUrl = ''] = /ws:\/\/\S+/.exec(greeting) ?? [];
  const [httpUrl = ''] = /http:\/\/\S+/.exec(greeting) ?? [];
  return {
    webSocketUrl,
    httpUrl,
    stop() {
      process.kill(-(server.child.pid as number), 'SIGTERM');
      return server.exit;
    },
  };
}

it(`an installation takes less than ${MAX_BYTES / 1e6} MB`, () => {
  expect(sizeOf(join(folder, 'node_modules'))).toBeLessThan(MAX_BYTES);
});

it('npx switchboard --wire says what to install for it', async () => {
  const { code, stderr } = await startProgram('npx', ['switchboard', '--wire'], { cwd: folder }).exit;
  expect(code).toBe(1);
  expect(stderr).toMatch(/dynalite, which is not installed. Run npm install dynalite/);
});

it.each([
  ['alone', []],
  ['with --wire', ['--wire']],
])('npx switchboard %s runs a server that a client can chat with', async (_, options) => {
  if (options.length > 0) await install('dynalite');
  const server = await startServer(options);
  const client = await TestClient.connect(server.webSocketUrl);
  client.send({ type: 'chat_message', data: { content: 'hello' }, message_id: 'm-1' });
  expect(await client.nextOf('chat_response')).toMatchObject({ reply_to: 'm-1' });
  expect((await call('GET', `${server.httpUrl}/clients/${client.clientId}`)).status).toBe(200);
  for (const path of ['/docs/swagger-ui-bundle.js', '/console', '/console/console.js', '/ready']) {
    expect((await fetch(server.httpUrl + path)).status).toBe(200);
  }
  await client.close();
  expect(await server.stop()).toMatchObject({ stderr: '' });
});

it('the command of the Dockerfile runs it too, with its state in an initially empty folder', async () => {
  const state = join(folder, 'state');
  const environment = { DATA_DIR: join(state, 'data'), KEYS_FILE: join(state, 'keys.json'), AUTH: 'token' };
  mkdirSync(state);
  const server = await startServer([], environment, commandOf(instructions('CMD')[0] as string));
  expect((await fetch(`${server.httpUrl}/health`)).status).toBe(200);
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(state).sort()).toEqual(['data', 'keys.json']);
});

it('npx switchboard client connects to it', async () => {
  const server = await startServer();
  const client = startProgram('npx', ['switchboard', 'client', server.webSocketUrl], { cwd: folder });
  client.child.stdin.end('/ping\n');
  expect((await client.exit).stdout).toMatch(/ {2}pong/);
  await server.stop();
});

it('npx switchboard keys shows the keys of a server with access control', async () => {
  const server = await startServer([], { AUTH: 'token' });
  const key = (await switchboard('keys', 'show', 'api-key')).stdout.trim();
  await server.stop();
  expect(key).toMatch(/^[\w-]{43}$/);
});

it('npx switchboard export and backup read the data of a server that runs, and export reads the backup', async () => {
  const dataDir = join(folder, 'data');
  const server = await startServer([], { DATA_DIR: dataDir });
  const client = await TestClient.connect(server.webSocketUrl);
  await client.ask({ type: 'chat_message', data: { content: 'hello' }, message_id: 'm-1' });
  const exported = (await switchboard('export', client.clientId, '--url', server.httpUrl)).stdout;
  await switchboard('backup', join(folder, 'backup'), '--data-dir', dataDir);
  await client.close();
  await server.stop();
  expect(
    exported
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type),
  ).toEqual(['chat_message', 'chat_response']);
  expect((await switchboard('export', '--data-dir', join(folder, 'backup'))).stdout).toBe(exported);
});

it('prints usage for each command', async () => {
  const lines = ['--help', ...['start', 'client', 'keys', 'export', 'backup'].map((name) => `${name} --help`)];
  for (const { stdout, stderr } of await Promise.all(lines.map((line) => switchboard(...line.split(' '))))) {
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^npx switchboard /), stderr: '' });
  }
});

it('lists its commands after an unknown command', async () => {
  await expect(switchboard('nothing')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Unknown command "nothing"\. Commands: start, client, /),
  });
});
