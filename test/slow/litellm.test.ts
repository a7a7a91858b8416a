/** A real third-party OpenAI-compatible endpoint: LiteLLM's proxy, with a model that always gives the same answer. */
import { type LiteLlm, startLiteLlm } from '../support/litellm';
import { startTestServer, type TestServer } from '../support/local-server';
import { testApp } from '../support/test-app';
import { type ReceivedFrame, TestClient } from '../support/test-client';

const ANSWER = 'A fox crossed the river, looked back once, and went home by the bridge. 狐狸回家了。';

let proxy: LiteLlm | undefined;
let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  proxy = await startLiteLlm(ANSWER);
});
afterAll(() => proxy?.stop());

async function start({ url, key }: LiteLlm, more: Record<string, string> = {}): Promise<void> {
  const environment = { RESPONDER: 'openai', RESPONDER_URL: url, RESPONDER_MODEL: 'mock', RESPONDER_KEY: key, ...more };
  server = await startTestServer(environment, { app: testApp });
  client = await TestClient.connect(server.webSocketUrl);
}

async function stop(): Promise<void> {
  await client.close();
  await server.stop();
}

async function ask(stream: boolean): Promise<ReceivedFrame[]> {
  client.send({ type: 'chat_message', data: { content: 'Tell me a story', stream } });
  const frames = [await client.next()];
  while (frames.at(-1)?.type !== 'chat_response') frames.push(await client.next());
  return frames;
}

it.each([true, false])('LiteLLM answers with stream: %s', async (stream) => {
  if (!proxy) return;
  await start(proxy);
  const frames = await ask(stream);
  expect(frames.at(-1)?.data).toMatchObject({ content: ANSWER, status: 'completed', model: 'mock' });
  const pieces = frames.filter(({ type }) => type === 'chat_delta');
  if (stream) expect(pieces.length).toBeGreaterThan(0);
  else expect(pieces).toEqual([]);
  const shown = pieces.reduce((text, { data }) => data.content ?? text + data.delta, '');
  expect(ANSWER.startsWith(shown)).toBe(true);
  await stop();
});

it.each([
  ['a wrong key', { RESPONDER_KEY: 'sk-wrong-but-long-enough-to-be-one' }],
  ['an unknown model', { RESPONDER_MODEL: 'none' }],
])('with %s the answer fails, and the log only has the status', async (_, more) => {
  if (!proxy) return;
  await start(proxy, more);
  const frames = await ask(true);
  expect(frames.at(-1)?.data.status).toBe('failed');
  const causes = server.log.flatMap(({ cause }) => (cause instanceof Error ? [cause.message] : []));
  expect(causes).toEqual([expect.stringMatching(/^the model's endpoint answered 4\d\d$/)]);
  await stop();
});
