/** Creates the two tables in DynamoDB Local or dynalite. On AWS the stack creates them from the same schemas. */
import {
  CreateTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { isNamed } from './dynamodb-items';
import { TABLES, type TableName, type TableSchema } from './tables';

/** Creates missing tables and waits until they are active. */
export async function createTables(client: DynamoDBClient, names: Readonly<Record<TableName, string>>): Promise<void> {
  await Promise.all([
    createTable(client, names.clients, TABLES.clients),
    createTable(client, names.messages, TABLES.messages),
  ]);
}

async function createTable(client: DynamoDBClient, name: string, schema: TableSchema): Promise<void> {
  const { partitionKey, sortKey, indexes, ttlAttribute } = schema;
  const keys = [hashKey(partitionKey), ...(sortKey === undefined ? [] : [rangeKey(sortKey)])];
  const indexKeys = (indexes ?? []).map((index) => hashKey(index.partitionKey));
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys,
        AttributeDefinitions: [...keys, ...indexKeys].map(({ AttributeName }) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        GlobalSecondaryIndexes: indexes?.map((index) => ({
          IndexName: index.name,
          KeySchema: [hashKey(index.partitionKey)],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.projects] },
        })),
      }),
    );
  } catch (error) {
    if (!isNamed(error, 'ResourceInUseException')) throw error; // the table exists
    return;
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: name });
  try {
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: name,
        TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
      }),
    );
  } catch (error) {
    // dynalite has no TTL; reads skip expired items anyway.
    if (!isNamed(error, 'UnknownOperationException')) throw error;
  }
}

function hashKey(AttributeName: string) {
  return { AttributeName, KeyType: 'HASH' as const };
}

function rangeKey(AttributeName: string) {
  return { AttributeName, KeyType: 'RANGE' as const };
}
