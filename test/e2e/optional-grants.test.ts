/**
 * Least privilege for what is deployed only with a setting: events to EventBridge, secrets of the app, a model. The calls of the code are
 * recorded, and compared with the grants in both directions. `least-privilege.ts` does this for what is always deployed.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { createBedrockModel } from '../../lambdas/aws/bedrock-model';
import * as aws from '../../lambdas/aws/dependencies';
import { create as createPublish } from '../../lambdas/events/publish';
import { KEY_SECRET, modelSettingsFrom } from '../../lambdas/models/model-settings';
import type { FunctionName } from '../../lambdas/routes';
import { type AwsCall, type AwsRecorder, startAwsRecorder } from '../support/aws-recorder';
import { createTestTables, type RunningDynamo, startDynalite, type TestTables } from '../support/dynamodb';
import { createRecordingLog } from '../support/fakes';
import { covers, type Grant, grantsOf } from '../support/policies';
import { synthesize } from '../support/stack';

const ANSWERS = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:answers-AbCdEf';
const MODEL_KEY = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:model-GhIjKl';
const MODEL = 'amazon.nova-lite-v1:0';
const [BUS, AT] = ['Switchboard-events', '2026-11-28T12:00:00.000Z'];

const SECRETS = /^secretsmanager:/;
const BEDROCK = /^bedrock:/;

let dynamo: RunningDynamo;
let tables: TestTables;
let recorder: AwsRecorder;
let services: Server;

beforeAll(async () => {
  dynamo = await startDynalite();
  tables = await createTestTables(dynamo.url);
  recorder = await startAwsRecorder(dynamo.url);
  services = createServer((request, response) => {
    answerTo(request).then(({ status, body }) => response.writeHead(status).end(JSON.stringify(body)));
  }).listen(0, '127.0.0.1');
  await once(services, 'listening');
});

afterAll(async () => {
  services.close();
  services.closeAllConnections();
  await recorder.stop();
  tables.close();
  await dynamo.stop();
});

/** EventBridge and Secrets Manager; Bedrock refuses, because only the call counts. */
async function answerTo(request: IncomingMessage): Promise<{ status: number; body: object }> {
  const body = JSON.parse((await buffer(request)).toString());
  const target = String(request.headers['x-amz-target']);
  if (target.endsWith('.PutEvents')) {
    return { status: 200, body: { FailedEntryCount: 0, Entries: body.Entries.map(() => ({ EventId: 'e' })) } };
  }
  if (target.endsWith('.GetSecretValue')) return { status: 200, body: { SecretString: 'sesame' } };
  return { status: 400, body: { message: 'refused' } };
}

function clientOptions(name: FunctionName) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const endpoint = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
  return { region: 'local', credentials, endpoint, userAgentAppId: name.replace('/', '-') };
}

function contextOf(name: FunctionName, environment: Record<string, string>): aws.FunctionContext {
  const options = clientOptions(name);
  return {
    environment: {
      CLIENTS_TABLE: tables.clientsTable,
      MESSAGES_TABLE: tables.messagesTable,
      HISTORY_SECONDS: '3600',
      ...environment,
    },
    load: () => import('../../lambdas/aws/app-secrets'),
    dynamoDb: { ...options, endpoint: recorder.dynamoUrl },
    eventBridge: options,
    secretsManager: options,
  };
}

/** Records the calls of something. Tables have the names by which policies are compared. */
async function callsOf(run: () => Promise<unknown>): Promise<AwsCall[]> {
  recorder.take();
  await run();
  const names: Record<string, string> = {
    [tables.clientsTable]: 'switchboard-clients',
    [tables.messagesTable]: 'switchboard-messages',
  };
  return recorder.take().map((one) => ({ ...one, resource: names[one.resource] ?? one.resource }));
}

function expectExactly(calls: AwsCall[], caller: FunctionName, grants: Grant[]): void {
  expect(calls.length).toBeGreaterThan(0);
  expect(new Set(calls.map((one) => one.caller))).toEqual(new Set([caller]));
  expect(calls.filter((one) => !grants.some((grant) => covers(grant, one)))).toEqual([]);
  expect(grants.filter((grant) => !calls.some((one) => covers(grant, one)))).toEqual([]);
}

function changeOf(item: object): DynamoDBRecord {
  const dynamodb = {
    SequenceNumber: '1',
    ApproximateCreationDateTime: Date.parse(AT) / 1_000,
    NewImage: marshall(item) as never,
  };
  return { eventName: 'INSERT', dynamodb };
}

it('events/publish makes exactly the calls that it is granted', async () => {
  const name = 'events/publish';
  const context = contextOf(name, { EVENTS: 'message.delivered,broadcast.completed', EVENT_BUS: BUS, STACK_NAME: 'S' });
  const publish = createPublish({
    eventFeed: aws.eventFeed(context),
    eventBus: aws.eventBus(context),
    log: createRecordingLog(),
  });
  const message = { direction: 'out', messageId: 'm', type: 'chat_response', data: {}, timestamp: AT, size: 80 };
  const sort_key = `seq#0mx0aaaaaabcd#${'1'.padStart(12, '0')}`;
  const stored = { client_id: 'a', sort_key, records: JSON.stringify([message]), expires_at: 4_000_000_000 };
  const broadcast = { client_id: 'broadcast#1', sort_key: 'segment#0', finished: true };
  const calls = await callsOf(() => publish({ Records: [changeOf(stored), changeOf(broadcast)] }));
  expectExactly(calls, name, grantsOf(synthesize({ events: 'all' }), name));
});

it.each(['websocket/message', 'replies/respond'] as const)(
  '%s reads the app’s secret that it is granted',
  async (name) => {
    const { get } = aws.secrets(contextOf(name, { SECRET_ANSWERS_KEY: ANSWERS }));
    const calls = await callsOf(() => get('ANSWERS_KEY'));
    const grants = grantsOf(synthesize({ app_secrets: `ANSWERS_KEY=${ANSWERS}` }), name);
    expectExactly(
      calls,
      name,
      grants.filter(({ action }) => SECRETS.test(action)),
    );
  },
);

it('replies/respond reads the model’s key that it is granted', async () => {
  const name = 'replies/respond';
  const { get } = aws.secrets(contextOf(name, { [`SECRET_${KEY_SECRET}`]: MODEL_KEY }));
  const calls = await callsOf(() => get(KEY_SECRET));
  const stack = synthesize({ responder: 'openai', responder_model: 'm-1', responder_key_secret: MODEL_KEY });
  expectExactly(
    calls,
    name,
    grantsOf(stack, name).filter(({ action }) => SECRETS.test(action)),
  );
});

it('replies/respond calls the Bedrock model that it is granted', async () => {
  const name = 'replies/respond';
  const settings = modelSettingsFrom({ RESPONDER: 'bedrock', RESPONDER_MODEL: MODEL }, 'echo');
  const model = createBedrockModel(settings, clientOptions(name));
  const turns = [{ role: 'user' as const, content: 'hello' }];
  const answer = model.answer({ system: '', turns, tools: [], signal: new AbortController().signal });
  const calls = await callsOf(() => expect(answer.next()).rejects.toThrow());
  const grants = grantsOf(synthesize({ responder: 'bedrock', responder_model: MODEL }), name);
  expectExactly(
    calls,
    name,
    grants.filter(({ action }) => BEDROCK.test(action)),
  );
});
