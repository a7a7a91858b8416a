/** One client's questions cannot block another's: each client has a share of the running replies, on both hosts. */
import { completeWith, type FakeEndpoint, startFakeEndpoint } from '../support/fake-endpoint';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

const QUESTIONS = 100;
const SHARE = 4;

describe.each([
  ['in memory', false],
  ['--wire', true],
])('replies to a client that asks a lot, %s', (_, wire) => {
  let endpoint: FakeEndpoint;
  let server: TestServer;

  beforeAll(async () => {
    endpoint = await startFakeEndpoint();
    const responder = { RESPONDER: 'openai', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'm' };
    const limits = { RESPONDER_CONCURRENCY: '8', RESPONDER_CLIENT_CONCURRENCY: String(SHARE), CLIENT_RATE: '0' };
    server = await startTestServer({ ...responder, ...limits }, { wire });
  });

  afterAll(async () => {
    await server.stop();
    endpoint.stop();
  });

  it('leave slots for others, wait, and are all sent once', async () => {
    const eager = await TestClient.connect(server.webSocketUrl);
    const other = await TestClient.connect(server.webSocketUrl);
    const ask = (client: TestClient, content: string) =>
      client.send({ type: 'chat_message', data: { content }, message_id: content });
    for (let number = 0; number < QUESTIONS; number++) ask(eager, `eager ${number}`);
    for (let number = 0; number < QUESTIONS; number++) await eager.nextOf('processing');

    ask(other, 'other');
    const isOthers = ({ json }: { json: { messages: { content: string }[] } }) =>
      json.messages.at(-1)?.content === 'other';
    const held = [];
    let request = await endpoint.next();
    while (!isOthers(request)) {
      held.push(request);
      request = await endpoint.next();
    }
    completeWith(request, { content: 'Hello' });
    expect(await other.nextOf('chat_response')).toMatchObject({ reply_to: 'other', data: { content: 'Hello' } });
    expect(held.length).toBeLessThanOrEqual(SHARE);

    const answered: unknown[] = [];
    while (answered.length < QUESTIONS) {
      const next = held.shift() ?? (await endpoint.next());
      completeWith(next, { content: 'Hello' });
      answered.push((await eager.nextOf('chat_response')).reply_to);
    }
    expect(new Set(answered).size).toBe(QUESTIONS);
    expect(endpoint.requests).toHaveLength(QUESTIONS + 1);
    await eager.close();
    await other.close();
  });
});
