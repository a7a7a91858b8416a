/** docs/model.md: its service answers as the page says, with the page's settings. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SETTINGS as OF_A_DEPLOYMENT } from '../../lib/settings';
import { readSettings, SETTINGS } from '../../local/settings';
import { startTestServer } from '../support/local-server';
import { blocksOf } from '../support/markdown';
import { readMarkdown } from '../support/readme';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';

const lines = blocksOf(readMarkdown('docs/model.md'))
  .filter(({ language }) => language === 'sh')
  .flatMap(({ code }) => code.trim().split('\n'))
  .filter((line) => !line.startsWith('#'));

/** The variables before the command of a line. */
function environmentOf(line: string): Record<string, string> {
  return Object.fromEntries([...line.matchAll(/(\w+)=(\S+)(?= )/g)].map(([, name = '', value = '']) => [name, value]));
}

const starts = lines.filter((line) => line.endsWith('npm start')).map(environmentOf);

it('shows each back end, with valid settings, and as few as it says', () => {
  expect(starts.map(({ RESPONDER }) => RESPONDER)).toEqual(['openai', 'openai', 'bedrock', 'http']);
  for (const start of starts) {
    expect(Object.keys(start).length).toBeLessThanOrEqual(3);
    expect(readSettings(start).RESPONDER).toBe(start.RESPONDER);
  }
});

it('names settings of both hosts', () => {
  const ofModels = Object.keys(SETTINGS).filter((name) => name.startsWith('RESPONDER'));
  for (const name of ofModels) expect(Object.keys(OF_A_DEPLOYMENT)).toContain(name.toLowerCase());
});

describe('the service of the page', () => {
  const line = lines.find((one) => one.includes('service.mjs')) ?? '';
  const [, file = ''] = / node (\S+)$/.exec(line) ?? [];
  let service: ChildProcess;
  let url = '';

  beforeAll(async () => {
    service = spawn(process.execPath, [file], {
      env: { ...environmentOf(line), PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(service.stdout as NodeJS.ReadableStream, 'data');
    url = /http:\S+/.exec(String(said))?.[0] ?? '';
  });
  afterAll(() => service.kill());

  async function ask(environment: Record<string, string>) {
    const server = await startTestServer({ ...environment, RESPONDER_URL: url }, { app: testApp });
    const client = await TestClient.connect(server.webSocketUrl);
    client.send({ type: 'chat_message', data: { content: 'Hello', stream: true } });
    const { data } = await client.nextOf('chat_response');
    await client.close();
    await server.stop();
    return data;
  }

  it('answers calls that are signed with its secret', async () => {
    const data = await ask(starts.at(-1) ?? {});
    expect(data).toMatchObject({ status: 'completed', content: 'You said "Hello", after 0 messages before.' });
  });

  it('refuses calls that are not', async () => {
    const { RESPONDER_KEY: _, ...unsigned } = starts.at(-1) ?? {};
    expect((await ask(unsigned)).status).toBe('failed');
    expect((await ask({ ...unsigned, RESPONDER_KEY: 'whsec_b3RoZXI=' })).status).toBe('failed');
  });
});
