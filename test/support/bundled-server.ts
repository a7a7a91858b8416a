/**
 * Switchboard from its bundles: each function is the single file that Lambda loads, and finds everything through its environment. The local
 * gateway stands in for API Gateway, and access control is on, so that every function is used. API_KEY is the key of the HTTP API. Prints
 * its URLs like `npm start`, and ends with SIGTERM.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretVariable, taskVariable, variable } from '../../lambdas/aws/environment';
import type { TaskName } from '../../lambdas/ports/tasks';
import { MAX_MESSAGE_BYTES } from '../../lambdas/protocol/limits';
import {
  authorizers,
  type FunctionName,
  functionNames,
  httpCors,
  httpRoutes,
  tasks as taskFunctions,
  webSocketRoutes,
} from '../../lambdas/routes';
import { bundle } from '../../lib/bundle';
import { writePageFiles } from '../../lib/page-files';
import { createGateway } from '../../local/gateway/gateway';
import { TasksInProcess } from '../../local/tasks-in-process';
import { startLambdaEndpoint } from '../../local/wire/lambda-endpoint';
import { startSecretsEndpoint } from '../../local/wire/secrets-endpoint';
import { PRESENCE_GROUPS } from '../e2e/suite/presence';
import { type BundledHandler, startBundledFunction } from './bundled-function';
import { createTestTables, startDynalite } from './dynamodb';
import { createTestKeys } from './keys';
import { runOnce } from './run-once';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-bundles-'));
const pathOf = (name: FunctionName) => join(folder, `${name.replace('/', '-')}.js`);

/** Next to them, as on Lambda, the files that `http/docs` serves. */
async function writeBundles(): Promise<void> {
  for (const name of functionNames) {
    const { text, chunks } = bundle(name, './test/support/bundled-app');
    writeFileSync(pathOf(name), text);
    for (const [file, code] of Object.entries(chunks)) writeFileSync(join(folder, file), code);
  }
  writePageFiles(folder);
}

/** Filled in once all addresses are known; the gateway, which has some of them, is created before. */
const functions = new Map<FunctionName, BundledHandler>();

function handlerOf(name: FunctionName): BundledHandler {
  return async (event) => functions.get(name)?.(event);
}

function routesOf(routes: readonly { routeKey: string; function: FunctionName }[]): Record<string, BundledHandler> {
  return Object.fromEntries(routes.map((route) => [route.routeKey, handlerOf(route.function)]));
}

function createBundledGateway() {
  return createGateway({
    webSocket: {
      routes: routesOf(webSocketRoutes),
      routeResponse: ['$default'],
      credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
      authorizer: { handler: handlerOf(authorizers.webSocket), identitySources: [] },
      limits: { frameBytes: MAX_MESSAGE_BYTES },
    },
    http: {
      routes: routesOf(httpRoutes),
      authorizer: {
        handler: handlerOf(authorizers.http),
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

/** The credentials with which the functions sign their calls. */
const ACCESS_KEY_ID = 'local';
const SECRET_ACCESS_KEY = 'local';

async function main(): Promise<void> {
  await writeBundles();
  const given = process.env.DYNAMODB_ENDPOINT; // different from the one in this process
  const dynamo = given === undefined ? await startDynalite() : { url: given, async stop() {} };
  const tables = await createTestTables(dynamo.url);
  const tasks = new TasksInProcess(
    runOnce((task) => handlerOf(taskFunctions[task.task])(task)),
    {
      debug() {},
      info() {},
      warn() {},
      error: logError,
    },
  );
  const lambda = await startLambdaEndpoint(Object.values(taskFunctions), tasks, ACCESS_KEY_ID);
  const keys = {
    'api-key': createTestKeys({ current: variable(process.env, 'API_KEY') }),
    'signing-key': createTestKeys({ current: randomUUID() }),
    'pages-key': createTestKeys({ current: 'k-7' }),
  };
  const secrets = await startSecretsEndpoint(keys, ACCESS_KEY_ID);
  const gateway = createBundledGateway();
  const {
    webSocketUrl = '',
    httpUrl = '',
    connectionsUrl = '',
  } = await gateway.listen({ webSocketPort: 0, httpPort: 0 });

  const environment = {
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', // Lambda's own Node is newer than the versions it warns about
    LAMBDA_TASK_ROOT: folder,
    CLIENTS_TABLE: tables.clientsTable,
    MESSAGES_TABLE: tables.messagesTable,
    HISTORY_SECONDS: '86400',
    HEARTBEAT_SECONDS: '45',
    PRESENCE_GROUPS,
    CLIENT_RATE: '200',
    CLIENT_BURST: '1000',
    CALLBACK_URL: connectionsUrl,
    WEBSOCKET_URL: webSocketUrl,
    AUTH: 'token',
    ...Object.fromEntries(
      (Object.keys(taskFunctions) as TaskName[]).map((task) => [taskVariable(task), taskFunctions[task]]),
    ),
    ...(process.env.MCP_SERVERS !== undefined && { MCP_SERVERS: process.env.MCP_SERVERS }),
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('OIDC_'))),
    [secretVariable('PAGES_KEY')]: 'pages-key',
    API_KEY_SECRET: 'api-key',
    SIGNING_KEY_SECRET: 'signing-key',
  };
  for (const name of functionNames) functions.set(name, startBundledFunction(pathOf(name), environment).handle);
  process.stdout.write(`${webSocketUrl}\n${httpUrl}\n${httpUrl}/clients\n`);

  process.once('SIGTERM', async () => {
    await Promise.all([gateway.close(3_000), tasks.stop(3_000)]);
    await Promise.all([lambda.stop(), secrets.stop(), dynamo.stop()]);
    rmSync(folder, { recursive: true });
    process.exit(0); // the functions' threads would keep it running
  });
}

main().catch((error) => {
  logError('start', error);
  process.exit(1);
});
