/** The AWS stand-ins that a running `npm start -- --wire` opens for itself. */
import { type AddressInfo, Server } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

/** DynamoDB, Lambda, Secrets Manager and @connections. */
const STAND_INS = 4;

/** Keys that other programs on a developer's machine sign with. */
const FOREIGN_KEYS = ['local', 'test', 'AKIAIOSFODNN7EXAMPLE'];

let server: TestServer;
let urls: string[];

beforeAll(async () => {
  const listen = jest.spyOn(Server.prototype, 'listen');
  server = await startTestServer({}, { wire: true });
  const ports = (listen.mock.contexts as Server[]).map((opened) => (opened.address() as AddressInfo).port);
  listen.mockRestore();
  const forClients = [server.webSocketUrl, server.httpUrl].map((url) => Number(new URL(url).port));
  urls = ports.filter((port) => !forClients.includes(port)).map((port) => `http://127.0.0.1:${port}`);
});

afterAll(() => server.stop());

it('serve the server itself', async () => {
  expect(urls).toHaveLength(STAND_INS);
  const client = await TestClient.connect(server.webSocketUrl);
  const answer = await client.ask({ type: 'chat_message', data: { content: 'hello' } });
  expect(answer.type).toBe('chat_response');
  await client.close();
});

it.each(FOREIGN_KEYS)('refuse each call that is signed with the key %s', async (accessKeyId) => {
  for (const endpoint of urls) {
    const credentials = { accessKeyId, secretAccessKey: accessKeyId };
    const options = { endpoint, region: 'local', credentials, maxAttempts: 1 };
    const dynamo = new DynamoDBClient(options);
    const lambda = new LambdaClient(options);
    const refusal = { name: 'UnrecognizedClientException' };
    await expect(dynamo.send(new ListTablesCommand())).rejects.toMatchObject(refusal);
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'welcome' }))).rejects.toMatchObject(refusal);
    dynamo.destroy();
    lambda.destroy();
  }
});

it.each(['GET', 'POST', 'OPTIONS'])('let no web page read the answer to a %s', async (method) => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  for (const url of urls) {
    const response = await fetch(url, { method, headers });
    expect([400, 403]).toContain(response.status);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});
