/** Clients and tables for tests on a DynamoDB at any URL, and dynalite in this process. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTables } from '../../lambdas/aws/create-tables';

// It has no type definitions.
const dynalite: (options: { createTableMs: number }) => Server = require('dynalite');

export interface RunningDynamo {
  url: string;
  stop(): Promise<void>;
}

export async function startDynalite(): Promise<RunningDynamo> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections(); // one with half a request would stay open forever
      }),
  };
}

export interface TestTables {
  client: DynamoDBDocumentClient;
  plainClient: DynamoDBClient;
  clientsTable: string;
  messagesTable: string;
  close(): void;
}

let made = 0;

/** Two new tables for each caller, so that tests share a DynamoDB but no data. */
export async function createTestTables(url: string): Promise<TestTables> {
  made += 1;
  const names = { clients: `Clients-${made}`, messages: `Messages-${made}` };
  const client = new DynamoDBClient({
    endpoint: url,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await createTables(client, names);
  return {
    client: DynamoDBDocumentClient.from(client),
    plainClient: client,
    clientsTable: names.clients,
    messagesTable: names.messages,
    close: () => client.destroy(),
  };
}
