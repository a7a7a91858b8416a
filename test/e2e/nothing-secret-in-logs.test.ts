/** The whole conformance suite, and every line that the server writes meanwhile: no key, no token, nothing of what was said. */
import type { ChatRequest } from '../../lambdas/messages/responder';
import { startServer } from '../../local/server';
import { readSettings } from '../../local/settings';
import { createTerminalLog } from '../../local/terminal-log';
import { type ChildServer, startChildServer } from '../support/child-server';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { contentsOf, leaksIn } from '../support/leaks';
import { TestClient } from '../support/test-client';
import { conformanceSuite } from './suite/conformance';
import { urlWithToken } from './suite/target';

const keys = createKeysFile();
const said = new Set<string>();
const tokens = new Set<string>();
let server: ChildServer;

/** Everything that is sent through the two doors which all tests use, and the tokens that come back. */
function record(): void {
  const sendText = TestClient.prototype.sendText;
  jest.spyOn(TestClient.prototype, 'sendText').mockImplementation(function recorded(this: TestClient, text) {
    for (const content of contentsOf(text)) said.add(content);
    sendText.call(this, text);
  });
  const fetch = globalThis.fetch;
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    for (const content of contentsOf(String(init?.body ?? ''))) said.add(content);
    const response = await fetch(input, init);
    if (String(input).endsWith('/tokens') && response.ok) {
      const { token } = (await response.clone().json()) as { token: string };
      tokens.add(token);
    }
    return response;
  });
}

function allKeys(): string[] {
  const { api_key, signing_key } = keys.read();
  return [...Object.values(api_key), ...Object.values(signing_key)];
}

beforeAll(async () => {
  const environment = { LOG_LEVEL: 'debug', AUTH: 'token', KEYS_FILE: keys.path };
  server = await startChildServer({ options: ['--wire'], environment });
  record();
});

afterAll(() => {
  jest.restoreAllMocks();
  server.process.kill('SIGKILL');
  keys.remove();
});

describe('--wire, AUTH=token, LOG_LEVEL=debug', () => {
  conformanceSuite(() => ({ ...server, apiKey: keys.read().api_key.current }), { access: 'token' });
});

describe('the log of that run', () => {
  let lines: string[];

  beforeAll(async () => {
    server.process.kill('SIGTERM');
    const { stdout, stderr } = await server.exit;
    lines = `${stdout}\n${stderr}`.split('\n');
  });

  it('is one of a whole run', () => {
    for (const event of ['connected', 'disconnected', 'pushed', 'token_issued', 'call_refused', 'connection_refused']) {
      expect(lines.filter((line) => line.includes(` ${event} `))).not.toEqual([]);
    }
    expect(said.size).toBeGreaterThan(50);
    expect([...said]).toEqual(expect.arrayContaining(['hello', 'hello from the team', 'not JSON']));
    expect(tokens.size).toBeGreaterThan(100);
  });

  it('has no key, no token and nothing of what was said', () => {
    expect(leaksIn(lines, [...allKeys(), ...tokens, ...said])).toEqual([]);
  });

  it.each<[string, () => string]>([
    ['a key', () => `call_refused key=${allKeys()[0]}`],
    ['the first half of a key', () => `call_refused key=${allKeys()[1]?.slice(0, 40)}…`],
    ['a token', () => `connection_refused token=${[...tokens][0]}`],
    ['the claims of a token alone', () => `connected claims=${[...tokens][0]?.split('.')[1]}`],
    ['what was said', () => 'message_failed content=hello'],
    [
      'the beginning of what was said',
      () => `pushed content="${[...said].sort((a, b) => b.length - a.length)[0]?.slice(0, 50)}"`,
    ],
  ])('would fail with one line more, which has %s', (_, line) => {
    const leaks = leaksIn([...lines, `2024-01-01T00:00:00.000Z info  ${line()}`], [...allKeys(), ...tokens, ...said]);
    expect(leaks).toHaveLength(1);
  });
});

it('a server that leaks is found out: here one whose responder puts what it was told into its error', async () => {
  const lines: string[] = [];
  const log = createTerminalLog('debug', (line) => lines.push(line));
  const settings = readSettings({
    WS_HOST: '127.0.0.1',
    WS_PORT: '0',
    API_PORT: '0',
    AUTH: 'token',
    KEYS_FILE: keys.path,
  });
  const respond = async ({ content }: ChatRequest): Promise<string> => {
    throw new Error(`no answer to ${content}`);
  };
  const leaking = await startServer({ settings, log, responder: { model: 'leaking', respond } });
  const headers = { authorization: `Bearer ${keys.read().api_key.current}` };
  const { body } = await call('POST', `${leaking.httpUrl}/tokens`, {}, headers);
  const client = await TestClient.connect(urlWithToken(leaking.webSocketUrl, body.token));
  await client.ask({ type: 'chat_message', data: { content: 'the password is hunter2' } });
  await client.close();
  await leaking.stop();
  const leaks = leaksIn(lines, [...allKeys(), ...tokens, 'the password is hunter2']);
  expect(leaks.map(({ secret }) => secret)).toEqual(['the password is hunter2']);
  expect(leaks[0]?.line).toContain('message_failed');
});
