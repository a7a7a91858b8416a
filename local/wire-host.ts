/**
 * The host of `npm start -- --wire`: the adapters that run on AWS, over real HTTP. Sessions are in DynamoDB, pushes go
 * through the unchanged SDK client to this process's own `@connections`.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamoBroadcasts } from '../lambdas/broadcasts/dynamodb-broadcasts';
import { createApiGatewayConnections, createManagementClient } from '../lambdas/connections/api-gateway-connections';
import type { Clock } from '../lambdas/runtime';
import { createTables } from '../lambdas/sessions/create-tables';
import { createDynamoSessions } from '../lambdas/sessions/dynamodb-sessions';
import type { Host } from './host';
import type { Settings } from './settings';

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

/** @throws DynamoDbError */
export async function createWireHost(settings: Settings, clock: Clock): Promise<Host> {
  const embedded = settings.DYNAMODB_ENDPOINT === '' ? await startDynalite() : undefined;
  const endpoint = embedded?.endpoint ?? settings.DYNAMODB_ENDPOINT;
  const dynamo = new DynamoDBClient({ endpoint, ...LOCAL_ACCOUNT });
  try {
    await createTables(dynamo, TABLES);
  } catch (error) {
    throw new DynamoDbError(endpoint, error);
  }
  const client = DynamoDBDocumentClient.from(dynamo);
  const options = { client, clock, historySeconds: settings.HISTORY_SECONDS, messagesTable: TABLES.messages };

  let announce: (url: URL) => void = () => {};
  const connectionsUrl = new Promise<URL>((resolve) => {
    announce = resolve;
  });
  const management = createManagementClient({
    endpoint: async () => ({ url: await connectionsUrl }),
    ...LOCAL_ACCOUNT,
  });

  return {
    sessions: createDynamoSessions({ ...options, sessionsTable: TABLES.sessions }),
    broadcasts: createDynamoBroadcasts(options),
    connections: createApiGatewayConnections({ client: management, clock }),
    description: embedded ? `in DynamoDB's likeness inside this process (${endpoint})` : `in DynamoDB at ${endpoint}`,
    listening: (url) => announce(new URL(url)),
    async stop() {
      management.destroy();
      dynamo.destroy();
      await embedded?.stop();
    },
  };
}

async function startDynalite() {
  // It has no types of its own.
  const dynalite = createRequire(__filename)('dynalite') as (options: { createTableMs: number }) => Server;
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
