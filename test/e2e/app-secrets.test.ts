/**
 * A responder that reads a secret, in the bundle that Lambda loads and with the environment that the stack sets. Its call to Secrets
 * Manager must be covered by the role's grant. `npm start` reads secrets from its environment, so no other test makes this call.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBundle } from '../../lib/bundle';
import type { LoopbackServer } from '../../local/wire/loopback-server';
import { startSecretsEndpoint } from '../../local/wire/secrets-endpoint';
import { type AwsCall, recordServed } from '../support/aws-recorder';
import { type BundledFunction, startBundledFunction } from '../support/bundled-function';
import { createTestTables, type RunningDynamo, startDynalite, type TestTables } from '../support/dynamodb';
import { createTestKeys } from '../support/keys';
import { grantsOf } from '../support/policies';
import { type Json, synthesize } from '../support/stack';

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:answers-AbCdEf';
const NAME = 'websocket/message';

const stack = synthesize({ app_secrets: `ANSWERS_KEY=${ARN}` });
const folder = mkdtempSync(join(tmpdir(), 'switchboard-secrets-'));
let dynamo: RunningDynamo;
let tables: TestTables;
let secrets: LoopbackServer;
let connections: Server;
let message: BundledFunction;
let calls: AwsCall[] = [];
let stopRecording: () => void;

beforeAll(async () => {
  dynamo = await startDynalite();
  tables = await createTestTables(dynamo.url);
  secrets = await startSecretsEndpoint({ [ARN]: createTestKeys({ current: 'sesame' }) }, 'local');
  connections = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(connections, 'listening');
  stopRecording = recordServed((call) => calls.push(call));

  const path = join(folder, 'index.js');
  writeBundle(NAME, folder, './test/support/bundled-app');
  const { Variables } = stack.functionOf(NAME).Properties.Environment;
  const texts = Object.entries<Json>(Variables).filter(([, value]) => typeof value === 'string');
  message = startBundledFunction(path, {
    ...Object.fromEntries(texts),
    // Instead of the value that CloudFormation puts there.
    CLIENTS_TABLE: tables.clientsTable,
    MESSAGES_TABLE: tables.messagesTable,
    CALLBACK_URL: `http://127.0.0.1:${(connections.address() as AddressInfo).port}/live`,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
});

beforeEach(() => {
  calls = [];
});

afterAll(async () => {
  await message.stop();
  stopRecording();
  connections.close();
  connections.closeAllConnections();
  await secrets.stop();
  tables.close();
  await dynamo.stop();
  rmSync(folder, { recursive: true });
});

async function chat(content: string): Promise<Json> {
  const requestContext = {
    routeKey: '$default',
    connectionId: 'AAAAAAAAAAAAAAA=',
    connectedAt: Date.now(),
    authorizer: { client_id: '6f1c1f0e-0b0a-4c55-9d0e-2f5b1c1b7a11' },
  };
  const body = JSON.stringify({ type: 'chat_message', data: { content } });
  return JSON.parse((await message.handle({ requestContext, body })).body);
}

const secretCalls = () => calls.filter(({ action }) => action.startsWith('secretsmanager:'));

it('a message that needs no secret makes no call', async () => {
  expect(await chat('hello')).toMatchObject({ type: 'chat_response', data: { content: 'Echo: hello' } });
  expect(secretCalls()).toEqual([]);
});

it('a secret is read by its ARN, once for several messages', async () => {
  for (let count = 0; count < 2; count += 1) {
    const answer = await chat('secret?');
    expect(answer).toMatchObject({ type: 'chat_response', data: { content: '{"current":"sesame"}' } });
  }
  const made = secretCalls().map(({ action, resource }) => ({ action, resource }));
  expect(made).toEqual([{ action: 'secretsmanager:GetSecretValue', resource: ARN }]);
  const granted = grantsOf(stack, NAME).filter(({ action }) => action.startsWith('secretsmanager:'));
  expect(made).toEqual(granted);
});
