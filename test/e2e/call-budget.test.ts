/** What each event costs in AWS calls, counted on the wire, with capacity as DynamoDB itself reckons it. */
import { type AwsCall, type AwsRecorder, startAwsRecorder } from '../support/aws-recorder';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

let dynamo: RunningDynamo;
let recorder: AwsRecorder;
let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  dynamo = await startDynalite();
  recorder = await startAwsRecorder(dynamo.url);
  server = await startTestServer({ DYNAMODB_ENDPOINT: recorder.dynamoUrl }, { wire: true });
});

afterAll(async () => {
  await server.stop();
  await recorder.stop();
  await dynamo.stop();
});

beforeEach(async () => {
  client = await TestClient.connect(server.webSocketUrl);
  recorder.take();
});

afterEach(() => client.close());

/** Each as `caller action resource`, in no order. */
function linesOf(calls: AwsCall[]): string[] {
  return calls.map(({ caller, action, resource }) => `${caller} ${action} ${resource}`).sort();
}

function unitsOf(calls: AwsCall[]): number {
  return calls.reduce((sum, { units }) => sum + units, 0);
}

/** What is still under way after the client has its answer: a write that is awaited after it was sent. */
async function settled(): Promise<AwsCall[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return recorder.take();
}

const TALK = { content: 'How do you do?' };

it('connect: one put, and the task that posts the welcome', async () => {
  const other = await TestClient.connect(server.webSocketUrl);
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'background/welcome execute-api:ManageConnections POST',
    'websocket/connect dynamodb:PutItem switchboard-sessions',
    'websocket/connect lambda:InvokeFunction welcome',
  ]);
  expect(unitsOf(calls)).toBe(1);
  await other.close();
});

it('ping: one update; the pong is the route response', async () => {
  await client.ask({ type: 'ping' });
  const calls = await settled();
  expect(linesOf(calls)).toEqual(['websocket/message dynamodb:UpdateItem switchboard-sessions']);
  expect(unitsOf(calls)).toBe(1);
});

it('chat_message: one update and one batch of one item, and a post of `processing`; no read', async () => {
  await client.ask({ type: 'chat_message', data: TALK });
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'websocket/message dynamodb:BatchWriteItem switchboard-messages',
    'websocket/message dynamodb:UpdateItem switchboard-sessions',
    'websocket/message execute-api:ManageConnections POST',
  ]);
  expect(unitsOf(calls)).toBe(2);
});

it('tool_call: one update and one batch of one item, and no post', async () => {
  await client.ask({ type: 'tool_call', data: { tool_name: 'add', params: { a: 1, b: 2 } } });
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'websocket/message dynamodb:BatchWriteItem switchboard-messages',
    'websocket/message dynamodb:UpdateItem switchboard-sessions',
  ]);
  expect(unitsOf(calls)).toBe(2);
});

it('a message that is not valid: one update, as it counts, and nothing else', async () => {
  await client.ask({ type: 'chat_message', data: { content: 5 } });
  expect(linesOf(await settled())).toEqual(['websocket/message dynamodb:UpdateItem switchboard-sessions']);
});

it('send_message: one strongly consistent get, one item, one post', async () => {
  const body = { client_id: client.clientId, ...TALK };
  expect((await call('POST', `${server.httpUrl}/send_message`, body)).status).toBe(200);
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'http/push dynamodb:BatchWriteItem switchboard-messages',
    'http/push dynamodb:GetItem switchboard-sessions',
    'http/push execute-api:ManageConnections POST',
  ]);
  expect(unitsOf(calls)).toBe(2); // a strong read of up to 4 KB is one unit, and so is the write
});

it('disconnect: one conditional delete', async () => {
  const other = await TestClient.connect(server.webSocketUrl);
  await settled();
  await other.close();
  while (!server.log.some(({ event, fields }) => event === 'disconnected' && fields?.client_id === other.clientId)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const calls = await settled();
  expect(linesOf(calls)).toEqual(['websocket/disconnect dynamodb:DeleteItem switchboard-sessions']);
  expect(unitsOf(calls)).toBe(1);
});
