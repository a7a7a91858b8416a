/**
 * The host of `npm start -- --wire`: the adapters that run on AWS, over real HTTP. Sessions are in DynamoDB, pushes go through
 * the unchanged SDK client to this process's own `@connections`, and tasks are started by invoking their function.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ClientOptions } from '../../lambdas/functions/adapters/client-options';
import { connectionsFrom } from '../../lambdas/functions/adapters/connections';
import { broadcastsFrom, documentClient, sessionsFrom } from '../../lambdas/functions/adapters/dynamodb';
import { apiKeysFrom, signingKeysFrom } from '../../lambdas/functions/adapters/keys';
import { tasksFrom } from '../../lambdas/functions/adapters/tasks';
import type { Environment } from '../../lambdas/functions/environment';
import type { Log } from '../../lambdas/runtime';
import { createTables } from '../../lambdas/sessions/create-tables';
import { type RunTask, TasksInProcess } from '../background-tasks';
import type { Adapters, Host } from '../host';
import { createFileKeys } from '../keys/key-file';
import type { Settings } from '../settings';
import { startDynalite } from './dynalite';
import { startLambdaEndpoint } from './lambda-endpoint';
import { startSecretsEndpoint } from './secrets-endpoint';

const TABLES = { sessions: 'switchboard-sessions', messages: 'switchboard-messages' };

/** Neither DynamoDB Local nor dynalite looks at them, but the SDK signs each call with some. */
const LOCAL_ACCOUNT = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** A DynamoDB that can't be reached; `endpoint` is where it was looked for. */
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
  runTask: RunTask;
}

/** @throws DynamoDbError */
export async function createWireHost({ settings, log, runTask }: WireHostOptions): Promise<Host> {
  const embedded = settings.DYNAMODB_ENDPOINT === '' ? await startDynalite() : undefined;
  const dynamoUrl = embedded?.url ?? settings.DYNAMODB_ENDPOINT;
  await makeTables(dynamoUrl);
  const tasks = new TasksInProcess(runTask, log);
  const environment: Environment = {
    SESSIONS_TABLE: TABLES.sessions,
    MESSAGES_TABLE: TABLES.messages,
    HISTORY_SECONDS: String(settings.HISTORY_SECONDS),
    WELCOME_FUNCTION: 'welcome',
    BROADCAST_SEGMENT_FUNCTION: 'broadcast-segment',
    API_KEY_SECRET: 'api-key',
    SIGNING_KEY_SECRET: 'signing-key',
  };
  const lambda = await startLambdaEndpoint(['welcome', 'broadcast-segment'], tasks);
  const keyReader = { accessKeyId: randomUUID(), secretAccessKey: 'local' };
  const keyFiles = {
    'api-key': createFileKeys(settings.KEYS_FILE, 'apiKey'),
    'signing-key': createFileKeys(settings.KEYS_FILE, 'signingKey'),
  };
  const secrets = await startSecretsEndpoint(keyFiles, keyReader.accessKeyId);

  let announce: (url: URL) => void = () => {};
  const connectionsUrl = new Promise<URL>((resolve) => {
    announce = resolve;
  });

  function adaptersFor(name: string): Adapters {
    const own: ClientOptions = { ...LOCAL_ACCOUNT, userAgentAppId: name.replace('/', '-') };
    const dynamo = documentClient({ ...own, endpoint: dynamoUrl });
    return {
      sessions: sessionsFrom(environment, dynamo),
      broadcasts: broadcastsFrom(environment, dynamo),
      connections: connectionsFrom(environment, { ...own, endpoint: async () => ({ url: await connectionsUrl }) }),
      tasks: tasksFrom(environment, { ...own, endpoint: lambda.url }),
      apiKeys: apiKeysFrom(environment, { ...own, credentials: keyReader, endpoint: secrets.url }),
      signingKeys: signingKeysFrom(environment, { ...own, credentials: keyReader, endpoint: secrets.url }),
    };
  }

  return {
    adaptersFor,
    description: embedded ? `in DynamoDB's likeness inside this process (${dynamoUrl})` : `in DynamoDB at ${dynamoUrl}`,
    listening: (url) => announce(new URL(url)),
    stopTasks: (grace) => tasks.stop(grace),
    async stop() {
      await Promise.all([lambda.stop(), secrets.stop()]);
      await embedded?.stop();
    },
  };
}

async function makeTables(endpoint: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint, ...LOCAL_ACCOUNT });
  try {
    await createTables(client, TABLES);
  } catch (error) {
    throw new DynamoDbError(endpoint, error);
  } finally {
    client.destroy();
  }
}
