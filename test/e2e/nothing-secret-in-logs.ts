/** Every line that a server logs while the whole conformance suite runs: without keys, tokens or message contents. */
import type { ChatRequest } from '../../lambdas/ports/responder';
import { startServer } from '../../local/server';
import { readSettings } from '../../local/settings';
import { createTerminalLog } from '../../local/terminal-log';
import { call } from '../support/http';
import type { KeysFile } from '../support/keys-file';
import { contentsOf, leaksIn } from '../support/leaks';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';
import { urlWithToken } from './suite/target';

export interface Heard {
  said: Set<string>;
  tokens: Set<string>;
}

/** Records everything sent from now on through the two entry points that all tests use, and the tokens that come back. */
export function listen(): Heard {
  const said = new Set<string>();
  const tokens = new Set<string>();
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
  return { said, tokens };
}

/**
 * Declares tests for the log of a run with LOG_LEVEL=debug.
 * @param run  called when the run is over
 */
export function nothingSecretInLogs(keys: KeysFile, run: () => Heard & { lines: string[] }): void {
  function allKeys(): string[] {
    const { api_key, signing_key } = keys.read();
    return [...Object.values(api_key), ...Object.values(signing_key)];
  }

  describe('the log of that run', () => {
    let lines: string[];
    let said: Set<string>;
    let tokens: Set<string>;

    beforeAll(() => {
      ({ lines, said, tokens } = run());
    });

    it('is that of a whole run', () => {
      for (const event of [
        'connected',
        'disconnected',
        'pushed',
        'token_issued',
        'call_refused',
        'connection_refused',
      ]) {
        expect(lines.filter((line) => line.includes(` ${event} `))).not.toEqual([]);
      }
      expect(said.size).toBeGreaterThan(50);
      expect([...said]).toEqual(expect.arrayContaining(['hello', 'hello from the team', 'not JSON']));
      expect(tokens.size).toBeGreaterThan(100);
    });

    it('contains no key, no token and no message contents', () => {
      expect(leaksIn(lines, [...allKeys(), ...tokens, ...said])).toEqual([]);
    });

    it.each<[string, () => string]>([
      ['a key', () => `call_refused key=${allKeys()[0]}`],
      ['the first half of a key', () => `call_refused key=${allKeys()[1]?.slice(0, 40)}…`],
      ['a token', () => `connection_refused token=${[...tokens][0]}`],
      ['only the claims of a token', () => `connected claims=${[...tokens][0]?.split('.')[1]}`],
      ['message contents', () => 'message_failed content=hello'],
      [
        'the beginning of message contents',
        () => `pushed content="${[...said].sort((a, b) => b.length - a.length)[0]?.slice(0, 50)}"`,
      ],
    ])('would fail with one more line that contains %s', (_, line) => {
      const leaks = leaksIn([...lines, `2024-01-01T00:00:00.000Z info  ${line()}`], [...allKeys(), ...tokens, ...said]);
      expect(leaks).toHaveLength(1);
    });
  });

  it('the check detects a server that leaks, here one whose responder puts its input into its error', async () => {
    const lines: string[] = [];
    const log = createTerminalLog('debug', (line) => lines.push(line));
    const settings = readSettings({
      WS_HOST: '127.0.0.1',
      WS_PORT: '0',
      API_PORT: '0',
      DATA_DIR: '',
      AUTH: 'token',
      KEYS_FILE: keys.path,
    });
    const respond = async ({ content }: ChatRequest): Promise<string> => {
      throw new Error(`no answer to ${content}`);
    };
    const leaking = await startServer({ settings, log, app: { ...testApp, responder: { model: 'leaking', respond } } });
    const headers = { authorization: `Bearer ${keys.read().api_key.current}` };
    const { body } = await call('POST', `${leaking.httpUrl}/tokens`, {}, headers);
    const client = await TestClient.connect(urlWithToken(leaking.webSocketUrl, body.token));
    await client.ask({ type: 'chat_message', data: { content: 'the password is hunter2' } });
    await client.close();
    await leaking.stop();
    const leaks = leaksIn(lines, [...allKeys(), body.token, 'the password is hunter2']);
    expect(leaks.map(({ secret }) => secret)).toEqual(['the password is hunter2']);
    expect(leaks[0]?.line).toContain('reply_failed');
  });
}
