/**
 * Switchboard from its bundles: each function is the one file that Lambda loads, and is told by its environment where
 * everything is. The local gateway stands for API Gateway, and access control is on, so that no function is left out.
 * API_KEY is the key of the HTTP API. Says where it listens as `npm start` does, and ends with SIGTERM.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { variable } from '../../lambdas/functions/environment';
import { MAX_MESSAGE_BYTES } from '../../lambdas/protocol/limits';
import { httpCors, httpRoutes, webSocketRoutes } from '../../lambdas/routes';
import { bundle } from '../../lib/bundle';
import { type Entry, entries } from '../../lib/entries';
import { TasksInProcess } from '../../local/background-tasks';
import { createGateway } from '../../local/gateway/gateway';
import { startLambdaEndpoint } from '../../local/wire/lambda-endpoint';
import { startSecretsEndpoint } from '../../local/wire/secrets-endpoint';
import { type BundledHandler, startBundledFunction } from './bundled-function';
import { createTestTables, startDynalite } from './dynamodb';
import { createTestKeys } from './keys';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-bundles-'));
const pathOf = (entry: Entry) => join(folder, `${entry.replace('/', '-')}.js`);

/** Beside them, where Lambda has it too, the folder that `http/docs` serves. */
async function writeBundles(): Promise<void> {
  await Promise.all(entries.map(async (entry) => writeFileSync(pathOf(entry), (await bundle(entry)).text)));
  const assets = dirname(createRequire(__filename).resolve('swagger-ui-dist/package.json'));
  symlinkSync(assets, join(folder, 'swagger-ui-dist'));
}

/** Filled when it is known where everything is; the gateway, which is a part of that, is made before. */
const functions = new Map<Entry, BundledHandler>();

function handlerOf(entry: Entry): BundledHandler {
  return async (event) => functions.get(entry)?.(event);
}

function routesOf(routes: readonly { routeKey: string; entry: Entry }[]): Record<string, BundledHandler> {
  return Object.fromEntries(routes.map(({ routeKey, entry }) => [routeKey, handlerOf(entry)]));
}

function createBundledGateway() {
  return createGateway({
    webSocket: {
      routes: routesOf(webSocketRoutes),
      routeResponse: true,
      authorizer: { handler: handlerOf('websocket/authorize'), identitySources: [] },
      limits: { frameBytes: MAX_MESSAGE_BYTES },
    },
    http: {
      routes: routesOf(httpRoutes),
      authorizer: {
        handler: handlerOf('http/authorize'),
        identitySources: ['$request.header.Authorization'],
        routes: httpRoutes.filter(({ access }) => access === 'api_key').map(({ routeKey }) => routeKey),
      },
      cors: { ...httpCors, allowOrigins: ['*'] },
    },
    onError: logError,
  });
}

function logError(event: string, error: unknown): void {
  process.stderr.write(`${event}: ${error instanceof Error ? error.stack : error}\n`);
}

/** What the functions sign their calls with. */
const ACCESS_KEY_ID = 'local';

async function main(): Promise<void> {
  await writeBundles();
  const dynamo = await startDynalite();
  const tables = await createTestTables(dynamo.url);
  const tasks = new TasksInProcess(
    (task) => handlerOf(task.task === 'welcome' ? 'background/welcome' : 'background/broadcast-segment')(task),
    { debug() {}, info() {}, error: logError },
  );
  const lambda = await startLambdaEndpoint(['welcome', 'broadcast-segment'], tasks);
  const keys = {
    'api-key': createTestKeys({ current: variable(process.env, 'API_KEY') }),
    'signing-key': createTestKeys({ current: randomUUID() }),
  };
  const secrets = await startSecretsEndpoint(keys, ACCESS_KEY_ID);
  const gateway = createBundledGateway();
  const { webSocketUrl, httpUrl, connectionsUrl } = await gateway.listen({ webSocketPort: 0, httpPort: 0 });

  const environment = {
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', // Lambda's own Node is newer than those it warns of
    LAMBDA_TASK_ROOT: folder,
    SESSIONS_TABLE: tables.sessionsTable,
    MESSAGES_TABLE: tables.messagesTable,
    HISTORY_SECONDS: '86400',
    CALLBACK_URL: connectionsUrl,
    WEBSOCKET_URL: webSocketUrl,
    WELCOME_FUNCTION: 'welcome',
    BROADCAST_SEGMENT_FUNCTION: 'broadcast-segment',
    API_KEY_SECRET: 'api-key',
    SIGNING_KEY_SECRET: 'signing-key',
    REPLY_BY: 'route_response',
  };
  for (const entry of entries) functions.set(entry, startBundledFunction(pathOf(entry), environment));
  process.stdout.write(`${webSocketUrl}\n${httpUrl}\n${httpUrl}/clients\n`);

  process.once('SIGTERM', async () => {
    await Promise.all([gateway.close(3_000), tasks.stop(3_000)]);
    await Promise.all([lambda.stop(), secrets.stop(), dynamo.stop()]);
    rmSync(folder, { recursive: true });
    process.exit(0); // the functions' threads would hold it for ever
  });
}

main().catch((error) => {
  logError('start', error);
  process.exit(1);
});
