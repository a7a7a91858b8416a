/** Runs the shell, Python and JavaScript blocks of docs/access.md in order against a real server. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { hasBrowser, launchBrowser } from '../support/browser';
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';

const ROOT = join(__dirname, '../..');
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';

const blocks = [...readFileSync(join(ROOT, 'docs/access.md'), 'utf8').matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)];

/** The code blocks of a language that contain this text, joined. */
function code(language: string, ...parts: string[]): string {
  const found = parts.map(
    (part) => blocks.find(([, name, body = '']) => name === language && body.includes(part))?.[2],
  );
  expect(found).not.toContain(undefined);
  return found.join('\n');
}

let file: KeysFile;
let server: TestServer;

beforeAll(async () => {
  file = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: file.path });
});

afterAll(async () => {
  await server.stop();
  file.remove();
});

async function run(program: string, script: string, environment: Record<string, string> = {}) {
  const here = script
    .replaceAll('http://localhost:9005', server.httpUrl)
    .replaceAll('ws://localhost:9004', server.webSocketUrl);
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, KEYS_FILE: file.path, API_KEY: file.read().api_key.current, ...environment };
  const child = spawn(program, ['-c', here], { cwd: ROOT, env });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trim().split('\n');
}

const bash = (script: string) => run('/bin/bash', `set -euo pipefail\n${script}`);

async function newToken() {
  const headers = { authorization: `Bearer ${file.read().api_key.current}` };
  const { body } = await call('POST', `${server.httpUrl}/tokens`, {}, headers);
  return body as { token: string; client_id: string };
}

function hasPython(library: string): boolean {
  try {
    execFileSync(PYTHON, ['-c', `import ${library}`], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.REQUIRE_PYTHON_CLIENT === '1') throw new Error(`${PYTHON} cannot import ${library}`);
    process.stderr.write(`SKIPPED: ${PYTHON} cannot import ${library}.\n`);
    return false;
  }
}

describe('docs/access.md', () => {
  it('shows how to call with the key', async () => {
    const [status = ''] = await bash(code('sh', '/status'));
    expect(JSON.parse(status)).toMatchObject({ status: 'running' });
  });

  it('shows how to get a token, and an answer with exactly these fields', async () => {
    const [answer = ''] = await bash(code('sh', '"ttl_seconds": 300'));
    const shown = JSON.parse(code('json', 'websocket_url'));
    expect(Object.keys(JSON.parse(answer))).toEqual(Object.keys(shown));
    expect(JSON.parse(answer).ttl_seconds).toBe(shown.ttl_seconds);
  });

  it('shows how to chat in a terminal', async () => {
    expect((await bash(code('sh', 'SWITCHBOARD_TOKEN'))).join('\n')).toContain('chat_response  Echo: hello');
  });

  (hasPython('json') ? it : it.skip)('shows how to get a token in Python', async () => {
    const [token = ''] = await run(PYTHON, code('python', 'urllib'));
    expect(token).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  (hasPython('websockets') ? it : it.skip)('shows both ways to connect in Python', async () => {
    const { token, client_id } = await newToken();
    expect(await run(PYTHON, code('python', 'websockets'), { TOKEN: token })).toEqual([client_id, client_id]);
  });

  (hasBrowser() ? it : it.skip)('shows both ways to connect in a browser', async () => {
    const { token, client_id } = await newToken();
    const lines = code('js', 'new WebSocket').trim().replaceAll('ws://localhost:9004', server.webSocketUrl).split('\n');
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${server.httpUrl}/health`); // a page opened as a file has the origin `null`, which is refused
      const greeted = await page.evaluate(
        `((token) => Promise.all([${lines.map((line) => line.replace(/;$/, '')).join(', ')}].map((socket) =>
          new Promise((resolve, reject) => {
            socket.onmessage = ({ data }) => resolve([socket.protocol, JSON.parse(data).data.client_id]);
            socket.onclose = ({ code }) => reject(new Error('closed with ' + code));
          }))))(${JSON.stringify(token)})`,
      );
      expect(greeted).toEqual([
        ['', client_id],
        ['switchboard', client_id],
      ]);
    } finally {
      await browser.close();
    }
  });

  it('shows how to rotate the keys', async () => {
    const before = file.read();
    await bash(code('sh', 'keys -- rotate'));
    expect(file.read().api_key.previous).toBe(before.api_key.current);
    const shown = await bash(code('sh', 'keys -- retire'));
    expect(shown.join('\n')).toMatch(/api-key in \S+: current [\da-f]{8}, no previous one\nsigning-key in .*$/);
    expect(file.read().signing_key).toEqual({ current: expect.any(String) });
    expect(file.read().signing_key.current).not.toBe(before.signing_key.current);
  });
});
