/**
 * The host of `npm start -- --wire`: the AWS adapters, over real HTTP. Data is in DynamoDB, pushes go through the SDK client to this
 * process's own `@connections`, and tasks start by invoking their function.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createTables } from '../../lambdas/aws/create-tables';
import * as aws from '../../lambdas/aws/dependencies';
import { type Environment, taskVariable } from '../../lambdas/aws/environment';
import { requestHandler, watchedAgents } from '../../lambdas/aws/sdk-clients';
import { NO_EVENTS } from '../../lambdas/ports/event-delivery';
import type { Log } from '../../lambdas/ports/runtime';
import type { TaskName } from '../../lambdas/ports/tasks';
import { type FunctionName, tasks as taskFunctions } from '../../lambdas/routes';
import type { CreateWebhooks } from '../events/open-webhooks';
import { type Credentials, randomCredentials } from '../gateway/signature';
import type { Host, HostDependencies } from '../host';
import { createFileKeys } from '../key-file';
import type { Settings } from '../settings';
import { type TaskRunner, TasksInProcess } from '../tasks-in-process';
import { startDynalite } from './dynalite';
import { startLambdaEndpoint } from './lambda-endpoint';
import { startSecretsEndpoint } from './secrets-endpoint';

const TABLES = { clients: 'switchboard-clients', messages: 'switchboard-messages' };

/** DynamoDB Local and dynalite accept any credentials, but the SDK needs some. */
const LOCAL_ACCOUNT = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/**
 * Timeouts of SDK calls in milliseconds, to connect and in total. Callers and services share the event loop of this process, so during a
 * burst a call can wait for its turn. On AWS a call that takes this long would be hanging.
 */
const PATIENCE = 20_000;

/**
 * Timeouts in milliseconds for a DynamoDB in another process, which can hang. With three tries each, counting and storing a message stay
 * within the platform's 29 seconds.
 */
const OUTSIDE_PATIENCE = 4_000;

/** More sockets than on AWS: here one client serves all events, and hanging calls must not block others. */
const OUTSIDE = {
  requestHandler: { ...requestHandler(OUTSIDE_PATIENCE, OUTSIDE_PATIENCE / 2), httpAgent: { maxSockets: 1_000 } },
};

/** DynamoDB is not reachable at `endpoint`. */
export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';

  constructor(
    readonly endpoint: string,
    cause: unknown,
  ) {
    super(`no DynamoDB at ${endpoint}`, { cause });
  }
}

export interface WireHostOptions {
  settings: Settings;
  log: Log;
  runner: TaskRunner;
  /** Credentials that sign calls to this process's own `@connections`. */
  connectionsCredentials: Credentials;
  /** Omitted without receivers of events. */
  createWebhooks?: CreateWebhooks;
}

/** @throws DynamoDbError, DynaliteMissingError, DataFolderError */
export async function createWireHost({
  settings,
  log,
  runner,
  connectionsCredentials,
  createWebhooks,
}: WireHostOptions): Promise<Host> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'; // the SDK only talks to this process
  /** Credentials that the stubs of this process require. */
  const credentials = randomCredentials();
  const embedded = settings.DYNAMODB_ENDPOINT === '' ? await startDynalite(credentials.accessKeyId) : undefined;
  const dynamoUrl = embedded?.url ?? settings.DYNAMODB_ENDPOINT;
  const dynamoDb = { ...LOCAL_ACCOUNT, endpoint: dynamoUrl, ...(embedded ? { credentials } : OUTSIDE) };
  await makeTables(dynamoDb);
  const kept = await openTasks(settings, log);
  const tasks = new TasksInProcess(runner, log, kept?.records);
  const taskNames = Object.keys(taskFunctions) as TaskName[];
  const environment: Environment = {
    CLIENTS_TABLE: TABLES.clients,
    MESSAGES_TABLE: TABLES.messages,
    HISTORY_SECONDS: String(settings.HISTORY_SECONDS),
    ...(settings.CLIENT_RATE > 0 && {
      CLIENT_RATE: String(settings.CLIENT_RATE),
      CLIENT_BURST: String(settings.CLIENT_BURST),
    }),
    API_KEY_SECRET: 'api-key',
    ...(settings.AUTH === 'token' && { SIGNING_KEY_SECRET: 'signing-key' }),
    ...Object.fromEntries(taskNames.map((task) => [taskVariable(task), taskFunctions[task]])),
  };
  const lambda = await startLambdaEndpoint(Object.values(taskFunctions), tasks, credentials.accessKeyId);
  const keyFiles = {
    'api-key': createFileKeys(settings.KEYS_FILE, 'apiKey'),
    'signing-key': createFileKeys(settings.KEYS_FILE, 'signingKey'),
  };
  const secrets = await startSecretsEndpoint(keyFiles, credentials.accessKeyId);

  let announce: (url: URL) => void = () => {};
  const connectionsUrl = new Promise<URL>((resolve) => {
    announce = resolve;
  });

  const webhooks = createWebhooks?.();

  function dependenciesOf(name: FunctionName): HostDependencies {
    const own: aws.ClientOptions = {
      region: 'local',
      credentials,
      userAgentAppId: name.replace('/', '-'),
      requestHandler: requestHandler(PATIENCE, PATIENCE),
    };
    const context: aws.FunctionContext = {
      environment,
      dynamoDb: { ...own, ...dynamoDb },
      lambda: { ...own, endpoint: lambda.url },
      secretsManager: { ...own, endpoint: secrets.url },
      management: {
        ...own,
        requestHandler: { ...requestHandler(PATIENCE, PATIENCE), ...watchedAgents() },
        credentials: connectionsCredentials,
        endpoint: async () => ({ url: await connectionsUrl }),
      },
    };
    const dependencies: HostDependencies = {
      clients: aws.clients(context),
      history: aws.history(context),
      broadcasts: aws.broadcasts(context),
      groups: aws.groups(context),
      presence: aws.presence(context),
      answers: aws.answers(context),
      records: aws.records(context),
      calls: aws.calls(context),
      clientTools: aws.clientTools(context),
      replies: aws.replies(context),
      replyQueue: aws.replyQueue(context),
      deltaIntervalMs: aws.deltaIntervalMs(),
      connections: aws.connections(context),
      tasks: { ...aws.tasks(context), isReplying: (replyId) => tasks.isReplying(replyId) },
      eventDelivery: webhooks ?? NO_EVENTS,
      apiKeys: aws.apiKeys(context),
      signingKeys: aws.signingKeys(context),
    };
    return webhooks ? webhooks.watched(dependencies) : dependencies;
  }

  const reader: aws.FunctionContext = { environment, dynamoDb: { ...dynamoDb, userAgentAppId: 'http-read' } };
  const readStore = aws.readiness(reader);
  const clients = aws.clients(reader);

  return {
    dependenciesOf,
    description: embedded ? `in dynalite, inside this process (${dynamoUrl})` : `in DynamoDB at ${dynamoUrl}`,
    listening(url) {
      if (url !== undefined) announce(new URL(url));
      tasks.resume();
      webhooks?.resume();
    },
    runningTasks: () => tasks.count,
    kept: () => ({ historyBytes: 0, webhooks: webhooks?.counts() }),
    countLabels: () => clients.countLabels(),
    probeStore: () => readStore(),
    stopTasks: (grace) => tasks.stop(grace),
    async stop() {
      webhooks?.stop();
      await Promise.all([lambda.stop(), secrets.stop()]);
      await kept?.close();
      await embedded?.stop();
    },
  };
}

/** Tasks that must complete are as durable as the data: with the in-process DynamoDB they end with the process. */
async function openTasks({ DATA_DIR, DYNAMODB_ENDPOINT }: Settings, log: Log) {
  if (DATA_DIR === '' || DYNAMODB_ENDPOINT === '') return undefined;
  const { openWireTasks } = await import('../durable/wire-tasks'); // loads a native library
  return openWireTasks(DATA_DIR, log);
}

async function makeTables(options: DynamoDBClientConfig & { endpoint: string }): Promise<void> {
  const client = new DynamoDBClient(options);
  try {
    await createTables(client, TABLES);
  } catch (error) {
    throw new DynamoDbError(options.endpoint, error);
  } finally {
    client.destroy();
  }
}
