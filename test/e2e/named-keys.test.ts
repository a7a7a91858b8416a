/** `npm run keys` for named keys, against a running server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { manageNamedKeys } from '../../cli/keys/named-keys';
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { eventually } from './suite/eventually';

let file: KeysFile;
let server: TestServer;
const { API_KEY } = process.env;

beforeAll(async () => {
  file = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: file.path });
  process.env.API_KEY = file.read().api_key.current;
});

afterAll(async () => {
  if (API_KEY === undefined) delete process.env.API_KEY;
  else process.env.API_KEY = API_KEY;
  await server.stop();
  file.remove();
});

async function run(...args: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  await manageNamedKeys([...args, '--url', `${server.httpUrl}/`], {
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
  });
  return { out, notes };
}

const statusWith = async (key = '') =>
  (await call('GET', `${server.httpUrl}/status`, undefined, { authorization: `Bearer ${key}` })).status;

it('makes, lists, rotates and deletes a key with scopes and an owner', async () => {
  const made = await run('make', 'acme', '--scopes', 'read,push', '--owner', 'acme', '--labels', 'eu', '--rate', '50');
  const [first, ...more] = made.out;
  expect([more, made.notes]).toEqual([
    [],
    ['acme: read, push; owner acme; labels eu; 50 calls a second. The key is not shown again.'],
  ]);
  expect(await statusWith(first)).toBe(200);

  const { out: lines } = await run('list');
  expect(lines).toEqual([expect.stringMatching(/^acme: read, push; owner acme; .*; last used \S+Z$/)]);
  expect(lines.join()).not.toContain(first);

  const [second] = (await run('rotate', 'acme', '--overlap', '60')).out;
  expect(await Promise.all([first, second].map(statusWith))).toEqual([200, 200]);
  expect((await run('list')).out[0]).toContain('the previous text is valid until');

  await run('delete', 'acme');
  await eventually(async () => expect(await Promise.all([first, second].map(statusWith))).toEqual([403, 403]));
  expect(await run('list')).toEqual({ out: [], notes: [expect.stringContaining('no named keys')] });
});

it('works as a command, which prints only the key, and uses KEYS_FILE if the server is on this machine', async () => {
  const { PATH, HOME } = process.env;
  const args = ['make', 'ops', '--scopes', 'admin', '--ttl', '3600', '--url', server.httpUrl];
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/keys/main.ts', ...args], {
    cwd: join(__dirname, '../..'),
    env: { PATH, HOME, API_KEY: process.env.API_KEY },
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^ops: admin; ends \S+Z\. /) });
  expect(stdout).toMatch(/^ops\.[\w-]{43}\n$/);
  expect(await statusWith(stdout.trim())).toBe(200);
});

it.each([
  [['make', 'acme'], 'Say what the key may do, such as --scopes read,push,tokens.'],
  [['make', 'acme', '--scopes', 'read', '--labels', 'eu'], '--labels needs --owner, which is the first.'],
  [['make', 'acme', '--scopes', 'read', '--rate', 'fast'], '--rate is "fast", but must be a whole number.'],
  [['make', '--scopes', 'read'], 'Name the key: make NAME.'],
  [['list', 'acme'], 'Unexpected argument "acme". See --help.'],
  [['list', '--owner', 'acme'], 'list has no option --owner. See --help.'],
  [['delete', 'nobody'], 'No key of this name; GET /keys lists the keys.'],
  [['make', 'acme', '--scopes', 'fly'], 'scopes.0: Invalid input: expected "read", "push", "tokens" or "admin"'],
  [['make', 'a', '--scopes', 'admin', '--owner', 'acme'], 'labels: Invalid input: a key with the scope admin'],
])('says what is wrong with %j', async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
});

it('says which key it needs if its own key is not allowed', async () => {
  const [reader] = (await run('make', 'reader', '--scopes', 'read')).out;
  const first = process.env.API_KEY;
  process.env.API_KEY = reader;
  await expect(run('list')).rejects.toThrow('set API_KEY to a key with the scope admin');
  process.env.API_KEY = first;
});

it('says that no server answers', async () => {
  const streams = { out: () => {}, note: () => {} };
  const unused = 'http://127.0.0.1:9';
  await expect(manageNamedKeys(['list', '--url', unused], streams)).rejects.toThrow(`Nothing answers at ${unused}`);
});
