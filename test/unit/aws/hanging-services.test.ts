/** An AWS service that accepts connections and never answers: our own timeouts end the calls. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecretKeyStore } from '../../../cli/keys/secrets-manager-store';
import { createBedrockModel } from '../../../lambdas/aws/bedrock-model';
import * as aws from '../../../lambdas/aws/dependencies';
import { LambdaClient } from '../../../lambdas/aws/sdk/lambda';
import { requestHandler, SAFE_TO_RETRY } from '../../../lambdas/aws/sdk-clients';
import type { CloudEvent } from '../../../lambdas/events/cloud-event';
import { modelSettingsFrom } from '../../../lambdas/models/model-settings';

/** Milliseconds, instead of two seconds. */
const LIMIT = 100;

const EVENT: CloudEvent = {
  specversion: '1.0',
  ...{ id: 'evt_1', source: '/switchboard', type: 'client.connected', subject: 'ada', sequence: '1', data: {} },
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
};

const HELLO = [{ role: 'user', content: 'Hello' }] as const;

let server: Server;
let options: aws.ClientOptions;

const { env } = process;

beforeEach(async () => {
  process.env = { ...env, AWS_REGION: 'local', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  server = createServer(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  options = {
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestHandler: requestHandler(LIMIT),
  };
});

afterEach(() => {
  process.env = env;
  server.closeAllConnections();
  server.close();
});

it.each<[string, () => Promise<unknown>]>([
  [
    'Secrets Manager, asked for the API key',
    () => aws.apiKeys({ environment: { API_KEY_SECRET: 'key' }, secretsManager: options }).get(),
  ],
  [
    'Secrets Manager, asked for a secret',
    () =>
      aws
        .secrets({
          environment: { SECRET_KEY: 'key' },
          secretsManager: options,
          load: () => import('../../../lambdas/aws/app-secrets'),
        })
        .get('KEY'),
  ],
  [
    'Secrets Manager, asked for the keys by npm run keys',
    () => {
      process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = String(options.endpoint); // by the command's own timeout: 7 seconds
      return createSecretKeyStore('api-key', 'key').read();
    },
  ],
  [
    'Lambda, asked to start a task',
    () => aws.tasks({ environment: { WELCOME_FUNCTION: 'welcome' }, lambda: options }).start({ task: 'welcome' }),
  ],
  [
    'DynamoDB, asked for a client',
    () => {
      const environment = { CLIENTS_TABLE: 'clients', HISTORY_SECONDS: '86400' };
      return aws.clients({ environment, dynamoDb: options }).get('ada');
    },
  ],
  [
    'EventBridge, given an event',
    () => aws.eventBus({ environment: { EVENT_BUS: 'default' }, eventBridge: options }).publish([EVENT]),
  ],
  [
    'Bedrock, asked for an answer',
    () => {
      const patience = { seconds: LIMIT / 1_000 - 1 }; // a model may stay silent for a second longer than its answer may take
      const settings = { ...modelSettingsFrom({ RESPONDER: 'bedrock', RESPONDER_MODEL: 'm' }, ''), ...patience };
      const { requestHandler: _, ...own } = options; // has limits of its own
      const model = createBedrockModel(settings, own);
      return model.answer({ system: '', turns: HELLO, tools: [], signal: new AbortController().signal }).next();
    },
  ],
])('%s fails instead of waiting forever', async (_, ask) => {
  await expect(ask()).rejects.toThrow();
});

it('the client of Lambda in the bundles fails too', async () => {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_LAMBDA: options.endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'local',
  });
  const client = new LambdaClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler(LIMIT) });
  const input = { FunctionName: 'welcome', InvocationType: 'Event' as const, Payload: Buffer.from('{}') };
  await expect(client.send({ input })).rejects.toThrow();
});
