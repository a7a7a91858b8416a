/** A responder that yields three pieces, and a client whose 410 was false, on both hosts. */

import { documentClient } from '../../lambdas/aws/dependencies/dynamodb';
import { createDynamoClients } from '../../lambdas/aws/dynamodb-clients';
import { systemClock as clock } from '../../lambdas/ports/runtime';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';

const app = {
  ...testApp,
  responder: {
    model: 'three',
    async *respond() {
      yield 'one ';
      yield 'two ';
      yield 'three';
    },
  },
};

describe.each([
  ['in memory', false],
  ['--wire', true],
])('a responder that yields three pieces, %s', (_, wire) => {
  let server: TestServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await startTestServer({}, { wire, app });
    client = await TestClient.connect(server.webSocketUrl);
  });

  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  it('sends each at once to a client that asks for a stream, and then the whole', async () => {
    client.send({ type: 'chat_message', data: { content: 'go', stream: true }, message_id: 'm' });
    const frames = [
      await client.next(),
      await client.next(),
      await client.next(),
      await client.next(),
      await client.next(),
    ];
    expect(frames).toMatchObject([
      { type: 'processing', reply_to: 'm' },
      { type: 'chat_delta', reply_to: 'm', data: { index: 0, delta: 'one ' } },
      { type: 'chat_delta', reply_to: 'm', data: { index: 1, delta: 'two ' } },
      { type: 'chat_delta', reply_to: 'm', data: { index: 2, delta: 'three' } },
      { type: 'chat_response', reply_to: 'm', data: { content: 'one two three', model: 'three' } },
    ]);
  });

  it('sends the whole alone to any other client', async () => {
    client.send({ type: 'chat_message', data: { content: 'go' }, message_id: 'm' });
    const frames = [await client.next(), await client.next()];
    expect(frames).toMatchObject([
      { type: 'processing' },
      { type: 'chat_response', data: { content: 'one two three' } },
    ]);
  });
});

describe('a client whose 410 was false', () => {
  let dynamo: RunningDynamo;
  let server: TestServer;

  beforeAll(async () => {
    dynamo = await startDynalite();
    server = await startTestServer({ DYNAMODB_ENDPOINT: dynamo.url }, { wire: true });
  });

  afterAll(async () => {
    await server.stop();
    await dynamo.stop();
  });

  it('is listed again, and reached, after its next message', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const account = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
    const documents = documentClient({ environment: {}, dynamoDb: { ...account, endpoint: dynamo.url } });
    const clients = createDynamoClients({
      client: documents,
      clientsTable: 'switchboard-clients',
      historySeconds: 60,
      clock,
    });
    const known = await clients.get(client.clientId);
    await clients.markGone(client.clientId, known?.connectionId ?? '');
    const path = `${server.httpUrl}/clients/${client.clientId}`;
    expect((await call('GET', path)).status).toBe(404);
    await client.ask({ type: 'ping' });
    expect((await call('GET', path)).status).toBe(200);
    const push = { client_id: client.clientId, content: 'hello' };
    expect((await call('POST', `${server.httpUrl}/send_message`, push)).status).toBe(200);
    await client.nextOf('chat_message');
    await client.close();
    documents.destroy();
  });
});
