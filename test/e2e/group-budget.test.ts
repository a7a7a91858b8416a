/** The AWS calls of groups, counted on the wire: none without groups, and one read for a reconnect. */
import { randomUUID } from 'node:crypto';
import * as aws from '../../lambdas/aws/dependencies';
import { requestHandler } from '../../lambdas/aws/sdk-clients';
import { create as createConnect } from '../../lambdas/websocket/connect';
import { type AwsRecorder, startAwsRecorder } from '../support/aws-recorder';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { createRecordingLog, createRecordingTasks } from '../support/fakes';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

let dynamo: RunningDynamo;
let recorder: AwsRecorder;
let server: TestServer;

beforeAll(async () => {
  dynamo = await startDynalite();
  recorder = await startAwsRecorder(dynamo.url);
  server = await startTestServer({ DYNAMODB_ENDPOINT: recorder.dynamoUrl, CLIENT_RATE: '0' }, { wire: true });
});

afterAll(async () => {
  await server.stop();
  await recorder.stop();
  await dynamo.stop();
});

/** The calls recorded since, as `action resource`, in any order. */
async function linesOf(): Promise<string[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return recorder
    .take()
    .map(({ action, resource }) => `${action} ${resource}`)
    .sort();
}

const groups = Array.from({ length: 20 }, (_, number) => `room:${number}`);

/** A connection of a client whose token names groups. */
async function connect(clientId: string, presenceGroups: string[] = []): Promise<string[]> {
  const own = {
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: requestHandler(20_000, 20_000), // so that a busy machine makes no call twice
  };
  const environment = {
    CLIENTS_TABLE: 'switchboard-clients',
    MESSAGES_TABLE: 'switchboard-messages',
    HISTORY_SECONDS: '60',
  };
  const context: aws.FunctionContext = { environment, dynamoDb: { ...own, endpoint: recorder.dynamoUrl } };
  const tasks = createRecordingTasks();
  const handle = createConnect({
    clients: aws.clients(context),
    groups: aws.groups(context),
    presence: aws.presence(context),
    presenceGroups,
    tasks,
    log: createRecordingLog(),
  });
  const authorizer = { client_id: clientId, groups: groups.join(',') };
  recorder.take();
  await handle({ requestContext: { connectionId: randomUUID(), connectedAt: Date.now(), authorizer } });
  return linesOf();
}

it('a reconnect of a member of 20 groups: the update of any connect, and one read', async () => {
  const clientId = randomUUID();
  const first = await connect(clientId);
  expect(first.filter((line) => line.startsWith('dynamodb:PutItem'))).toHaveLength(groups.length);
  expect(await connect(clientId)).toEqual([
    'dynamodb:Query switchboard-messages',
    'dynamodb:UpdateItem switchboard-clients',
  ]);
});

it('a reconnect of a member of 20 groups that may be watched, but that nobody watches: only reads in addition to that update', async () => {
  const clientId = randomUUID();
  await connect(clientId);
  const lines = await connect(clientId, ['room:*']);
  expect(lines.filter((line) => !line.startsWith('dynamodb:Query'))).toEqual([
    'dynamodb:UpdateItem switchboard-clients',
  ]);
  expect(lines).toHaveLength(1 + 2 + groups.length);
});

it('a member’s message costs the same as anybody’s: one update for a ping, and a batch for a tool_call', async () => {
  const client = await TestClient.connect(server.webSocketUrl);
  await client.ask({ type: 'join', data: { group: 'room:0' } });
  recorder.take();
  await client.ask({ type: 'ping' });
  expect(await linesOf()).toEqual(['dynamodb:UpdateItem switchboard-clients']);
  await client.ask({ type: 'tool_call', data: { tool_name: 'add' } });
  expect(await linesOf()).toEqual(['dynamodb:PutItem switchboard-messages', 'dynamodb:UpdateItem switchboard-clients']);
  await client.close();
});

it('join: the update of any message, an item, its counter, and a read; a repeated join: a refused item', async () => {
  const client = await TestClient.connect(server.webSocketUrl);
  recorder.take();
  await client.ask({ type: 'join', data: { group: 'room:new' } });
  expect(await linesOf()).toEqual([
    'dynamodb:PutItem switchboard-messages',
    'dynamodb:Query switchboard-messages',
    'dynamodb:UpdateItem switchboard-clients',
    'dynamodb:UpdateItem switchboard-messages',
  ]);
  await client.ask({ type: 'join', data: { group: 'room:new' } });
  expect(await linesOf()).toEqual(['dynamodb:PutItem switchboard-messages', 'dynamodb:UpdateItem switchboard-clients']);
  await client.close();
});

it('a message to a small group: its log, 16 reads of members, one of who is online, the record, and a post each', async () => {
  const client = await TestClient.connect(server.webSocketUrl);
  await client.ask({ type: 'join', data: { group: 'room:small' } });
  recorder.take();
  const { status } = await call('POST', `${server.httpUrl}/groups/room:small/messages`, { content: 'hello' });
  expect(status).toBe(200);
  await client.nextOf('chat_message');
  const lines = await linesOf();
  const times = (wanted: string) => lines.filter((line) => line.startsWith(wanted)).length;
  expect(times('dynamodb:Query')).toBe(16);
  expect(times('dynamodb:BatchGetItem')).toBe(1);
  expect(times('execute-api:ManageConnections POST')).toBe(1);
  expect(times('dynamodb:PutItem') + times('dynamodb:BatchWriteItem')).toBe(4); // log, record, checkpoint, history
  expect(lines).toHaveLength(22);
  await client.close();
});
