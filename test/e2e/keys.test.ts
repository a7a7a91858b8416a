/** Keys as a person handles them: created at the first start, shown by a command, rotated and retired while the server runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startChildServer } from '../support/child-server';
import { handshake } from '../support/handshake';
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { type FakeSecretsManager, startSecretsManager } from '../support/secrets-manager';

const ROOT = join(__dirname, '../..');

let file: KeysFile;

beforeEach(() => {
  file = createKeysFile();
});

afterEach(() => file.remove());

/** `npm run keys`, in a process of its own. */
async function runKeys(args: string[], environment: Record<string, string> = {}) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/keys/main.ts', ...args], {
    cwd: ROOT,
    env: { PATH, HOME, KEYS_FILE: file.path, ...environment },
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

async function expectDone(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runKeys(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

function expectNoKeyIn(output: string): void {
  const { api_key, signing_key } = file.read();
  for (const key of [...Object.values(api_key), ...Object.values(signing_key)]) expect(output).not.toContain(key);
}

describe('AUTH=token npm start', () => {
  it('creates the keys at the first start, says where they are and how to use them, and shows neither', async () => {
    const server = await startChildServer({ environment: { AUTH: 'token', KEYS_FILE: file.path } });
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    const authorization = `Bearer ${file.read().api_key.current}`;
    expect((await call('GET', `${server.httpUrl}/clients`, undefined, { authorization })).status).toBe(200);
    expect((await call('GET', `${server.httpUrl}/clients`)).status).toBe(401);
    server.process.kill('SIGTERM');
    const { code, stdout, stderr } = await server.exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${file.path}, created just now`);
    expect(stdout).toContain(`export API_KEY=$(KEYS_FILE='${file.path}' npm run --silent keys -- show api-key)\n`);
    expectNoKeyIn(stdout);
  });

  it('uses the existing keys at the next start', async () => {
    await (await startTestServer({ AUTH: 'token', KEYS_FILE: file.path })).stop();
    const before = file.read();
    const server = await startChildServer({ environment: { AUTH: 'token', KEYS_FILE: file.path } });
    server.process.kill('SIGTERM');
    expect((await server.exit).stdout).not.toContain('created just now');
    expect(file.read()).toEqual(before);
  });
});

describe('npm run keys, with a server that runs', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer({ AUTH: 'token', KEYS_FILE: file.path });
  });

  afterEach(() => server.stop());

  const statusWith = async (key: string) =>
    (await call('GET', `${server.httpUrl}/status`, undefined, { authorization: `Bearer ${key}` })).status;

  async function newToken(key: string): Promise<string> {
    const headers = { authorization: `Bearer ${key}` };
    const { status, body } = await call('POST', `${server.httpUrl}/tokens`, {}, headers);
    expect(status).toBe(200);
    return body.token;
  }

  const statusOfToken = async (token: string) => (await handshake(`${server.webSocketUrl}/?token=${token}`)).status;

  it('show prints the fingerprints of the keys, and only the key itself if one is named', async () => {
    const shown = await expectDone('show');
    expect(shown).toMatch(/^api-key in \S+: current [\da-f]{8}, no previous one\nsigning-key in \S+: .+\n$/);
    expectNoKeyIn(shown);
    expect(await expectDone('show', 'api-key')).toBe(`${file.read().api_key.current}\n`);
  });

  it('rotate and retire change a key without a restart, and without cutting anybody off', async () => {
    const oldKey = file.read().api_key.current;
    const oldToken = await newToken(oldKey);

    expectNoKeyIn(await expectDone('rotate'));
    const newKey = file.read().api_key.current;
    const newerToken = await newToken(newKey);
    expect(newKey).not.toBe(oldKey);
    expect(await Promise.all([oldKey, newKey].map(statusWith))).toEqual([200, 200]);
    expect(await Promise.all([oldToken, newerToken].map(statusOfToken))).toEqual([101, 101]);

    expectNoKeyIn(await expectDone('retire'));
    expect(await Promise.all([oldKey, newKey].map(statusWith))).toEqual([403, 200]);
    expect(await Promise.all([oldToken, newerToken].map(statusOfToken))).toEqual([403, 101]);
  });

  it('rotate with the name of a key leaves the other unchanged', async () => {
    const before = file.read();
    await expectDone('rotate', 'signing-key');
    expect(file.read()).toEqual({
      api_key: before.api_key,
      signing_key: { current: expect.any(String), previous: before.signing_key.current },
    });
  });

  it('changes neither key if it cannot change both', async () => {
    await expectDone('rotate', 'api-key');
    const before = file.read();
    const { code, stdout, stderr } = await runKeys(['rotate']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^api-key: a rotation is under way; .+\.\n$/);
    expect(file.read()).toEqual(before);
  });

  it('a key file broken by hand causes 500, which the log explains, and works again once it is repaired', async () => {
    const good = file.read();
    writeFileSync(file.path, `{"api_key": ${good.api_key.current}`);
    expect(await statusWith(good.api_key.current)).toBe(500);
    expect(server.log).toContainEqual(
      expect.objectContaining({ event: 'handler_failed', fields: { route: 'authorizer' } }),
    );
    expect(server.log.map(({ cause }) => String(cause)).join()).not.toContain(good.api_key.current);
    writeFileSync(file.path, JSON.stringify(good));
    expect(await statusWith(good.api_key.current)).toBe(200);
  });
});

it('without a file, it says so in one sentence', async () => {
  const { code, stdout, stderr } = await runKeys(['show']);
  expect([code, stdout, stderr]).toEqual([
    1,
    '',
    `${file.path} does not exist. Start a server with AUTH=token, which creates it, or set KEYS_FILE to its path\n`,
  ]);
});

describe('npm run keys, with the secrets of a deployment', () => {
  const API_KEY = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:api-key-a1b2c3';
  const SIGNING_KEY = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing-key-d4e5f6';
  const OLD = 'o'.repeat(64);
  let manager: FakeSecretsManager;

  beforeEach(async () => {
    manager = await startSecretsManager();
    for (const arn of [API_KEY, SIGNING_KEY]) manager.secrets.set(arn, JSON.stringify({ current: OLD }));
  });

  afterEach(() => manager.stop());

  const run = (...args: string[]) =>
    runKeys(args, {
      AWS_ENDPOINT_URL: manager.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      NODE_NO_WARNINGS: '1', // the SDK warns about Node 20
    });
  const secret = (arn: string) => JSON.parse(manager.secrets.get(arn) ?? '');

  it('rotate and retire write both secrets, and no file', async () => {
    const both = ['--api-key-secret', API_KEY, '--signing-key-secret', SIGNING_KEY];
    const done = await run('rotate', ...both);
    expect({ code: done.code, stderr: done.stderr }).toEqual({ code: 0, stderr: '' });
    for (const arn of [API_KEY, SIGNING_KEY]) {
      expect(secret(arn)).toEqual({ current: expect.stringMatching(/^[\w-]{43}$/), previous: OLD });
      expect(done.stdout).not.toContain(secret(arn).current);
    }
    const { current } = secret(API_KEY);
    expect((await run('retire', ...both)).stdout).toContain('within a minute');
    expect(secret(API_KEY)).toEqual({ current });
    expect(() => file.read()).toThrow('ENOENT');
  });

  it('changes only the named secret', async () => {
    const done = await run('rotate', '--signing-key-secret', SIGNING_KEY);
    expect(done.code).toBe(0);
    expect(manager.calls).toEqual([`GetSecretValue ${SIGNING_KEY}`, `PutSecretValue ${SIGNING_KEY}`]);
    expect(secret(API_KEY)).toEqual({ current: OLD });
    expect((await run('show', 'api-key', '--api-key-secret', API_KEY)).stdout).toBe(`${OLD}\n`);
  });

  it('passes on AWS’s message for a missing secret', async () => {
    const { code, stdout, stderr } = await run('show', '--api-key-secret', `${API_KEY}x`);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`${API_KEY}x: Secrets Manager can't find the specified secret.\n`);
  });
});
