/** A client whose 410 was false, on the wire. */

import { documentClient } from '../../lambdas/aws/dependencies/dynamodb';
import { createDynamoClients } from '../../lambdas/aws/dynamodb-clients';
import { systemClock as clock } from '../../lambdas/ports/runtime';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

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

  it('is listed again after its next message, and gets the next push', async () => {
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
