/** One client's questions cannot block another's: each client has a share of the running replies, on both hosts. */
import { HANDLER_LEASE_MS } from '../../lambdas/protocol/limits';
import { completeWith, type FakeEndpoint, startFakeEndpoint } from '../support/fake-endpoint';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

const QUESTIONS = 100;
const SHARE = 4;

describe.each([
  ['in memory', false],
  ['--wire', true],
])('replies to a client that asks a lot, %s', (_, wire) => {
  let endpoint: FakeEndpoint;
  let server: TestServer;

  async function start(share: number): Promise<void> {
    endpoint = await startFakeEndpoint();
    const responder = { RESPONDER: 'openai', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'm' };
    const limits = { RESPONDER_CONCURRENCY: '8', RESPONDER_CLIENT_CONCURRENCY: String(share), CLIENT_RATE: '0' };
    server = await startTestServer({ ...responder, ...limits }, { wire });
  }

  afterEach(async () => {
    jest.restoreAllMocks();
    await server.stop();
    endpoint.stop();
  });

  it('are made once, also for a question that is repeated while it waits', async () => {
    await start(1);
    const client = await TestClient.connect(server.webSocketUrl);
    const ask = (number: number) =>
      client.send({
        ...{ type: 'chat_message', data: { content: 'Hi' } },
        ...{ message_id: String(number), sender: 's', sender_seq: number },
      });
    ask(1);
    const first = await endpoint.next();
    ask(2);
    for (let count = 0; count < 2; count++) await client.nextOf('processing');
    if (wire) await eventually(async () => expect(server.log.map(({ event }) => event)).toContain('reply_waits'));
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + HANDLER_LEASE_MS);
    ask(2);
    expect((await client.nextOf('error')).data.code).toBe('in_progress');
    completeWith(first, { content: 'Hello' });
    completeWith(await endpoint.next(), { content: 'Hello' });
    const answers = [await client.nextOf('chat_response'), await client.nextOf('chat_response')];
    expect(answers.map((answer) => answer.reply_to)).toEqual(['1', '2']);
    expect(endpoint.requests).toHaveLength(2);
    await client.close();
  });

  it('leave slots for others, wait, and are all sent once', async () => {
    await start(SHARE);
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
