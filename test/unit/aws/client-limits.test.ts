/** The timeouts of the SDK clients that the functions create. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createBedrockModel } from '../../../lambdas/aws/bedrock-model';
import * as aws from '../../../lambdas/aws/dependencies';
import type { CloudEvent } from '../../../lambdas/events/cloud-event';
import { modelSettingsFrom } from '../../../lambdas/models/model-settings';

/**
 * Timeout in milliseconds for a handshake with a service that does not answer: below the authorizer's 8 seconds (`lib/function-table.ts`).
 */
const HANDSHAKE = 7_000;

const REPLY_SECONDS = 60;

const { env } = process;

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_, response) => response.writeHead(400, { 'content-type': 'application/json' }).end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = { AWS_REGION: 'local', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  process.env = { ...env, ...account, AWS_ENDPOINT_URL: url };
});

afterAll(() => {
  process.env = env;
  server.closeAllConnections();
  server.close();
});

afterEach(() => jest.restoreAllMocks());

interface Limits {
  maxAttempts: number;
  connectionTimeout: number;
  requestTimeout: number;
  throwOnRequestTimeout: boolean;
}

/** The limits of the client that makes a call. The SDK resolves them with the first call. */
async function limitsOf(Client: { prototype: object }, ask: () => Promise<unknown>): Promise<Limits> {
  const send = jest.spyOn(Client.prototype as { send(): Promise<unknown> }, 'send');
  await expect(ask()).rejects.toThrow();
  expect(send).toHaveBeenCalledTimes(1);
  const { config } = send.mock.contexts[0] as unknown as SecretsManagerClient;
  const { requestHandler } = config as unknown as { requestHandler: { httpHandlerConfigs(): Limits } };
  return { ...requestHandler.httpHandlerConfigs(), maxAttempts: await config.maxAttempts() };
}

interface Service {
  Client: { prototype: object };
  /** The caller's time for all attempts, in milliseconds. */
  patience: number;
  ask(): Promise<unknown>;
}

it.each<[string, Service]>([
  [
    'DynamoDB',
    {
      Client: DynamoDBDocumentClient,
      patience: HANDSHAKE,
      ask: () => aws.clients({ environment: { CLIENTS_TABLE: 'clients', HISTORY_SECONDS: '86400' } }).get('ada'),
    },
  ],
  [
    'Lambda',
    {
      Client: LambdaClient,
      patience: HANDSHAKE,
      ask: () => aws.tasks({ environment: { WELCOME_FUNCTION: 'welcome' } }).start({ task: 'welcome' }),
    },
  ],
  [
    'Secrets Manager, for the keys',
    {
      Client: SecretsManagerClient,
      patience: HANDSHAKE,
      ask: () => aws.apiKeys({ environment: { API_KEY_SECRET: 'key' } }).get(),
    },
  ],
  [
    'Secrets Manager, for the team’s secrets',
    {
      Client: SecretsManagerClient,
      patience: HANDSHAKE,
      ask: () => {
        const load = () => import('../../../lambdas/aws/app-secrets');
        return aws.secrets({ environment: { SECRET_KEY: 'key' }, load }).get('KEY');
      },
    },
  ],
  [
    '@connections',
    {
      Client: ApiGatewayManagementApiClient,
      patience: HANDSHAKE,
      ask: () => aws.connections({ environment: { CALLBACK_URL: url } }).close('R1kmxc2VNjMCFIA='),
    },
  ],
  [
    'EventBridge',
    {
      Client: EventBridgeClient,
      patience: HANDSHAKE,
      ask: () => aws.eventBus({ environment: { EVENT_BUS: 'bus' } }).publish([{ data: {} } as CloudEvent]),
    },
  ],
  [
    'Bedrock',
    {
      Client: BedrockRuntimeClient,
      patience: (REPLY_SECONDS + 1) * 1_000,
      ask: async () => {
        const settings = modelSettingsFrom({ RESPONDER: 'bedrock', RESPONDER_SECONDS: String(REPLY_SECONDS) }, 'model');
        const { signal } = new AbortController();
        for await (const _ of createBedrockModel(settings).answer({ system: '', turns: [], tools: [], signal }));
      },
    },
  ],
])(
  'the client of %s limits connecting and each attempt, so that all attempts end within the caller’s time',
  async (_, service) => {
    const { Client, patience, ask } = service;
    const { maxAttempts, connectionTimeout, requestTimeout, throwOnRequestTimeout } = await limitsOf(Client, ask);
    expect(throwOnRequestTimeout).toBe(true);
    expect(connectionTimeout).toBeGreaterThan(0);
    expect(requestTimeout).toBeGreaterThan(0);
    expect(maxAttempts * Math.max(connectionTimeout, requestTimeout)).toBeLessThanOrEqual(patience);
  },
);
