/** Makes the two tables in a DynamoDB of one's own. On AWS the stack makes them, from the same schemas. */
import {
  CreateTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { isNamed } from './dynamodb-items';
import { TABLES, type TableName, type TableSchema } from './tables';

/** Makes each table that is not there yet, and waits until it can be used. */
export async function createTables(client: DynamoDBClient, names: Readonly<Record<TableName, string>>): Promise<void> {
  await Promise.all([
    createTable(client, names.sessions, TABLES.sessions),
    createTable(client, names.messages, TABLES.messages),
  ]);
}

async function createTable(client: DynamoDBClient, name: string, schema: TableSchema): Promise<void> {
  const { partitionKey, sortKey, ttlAttribute } = schema;
  const keys = [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
  ];
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys,
        AttributeDefinitions: keys.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' as const })),
      }),
    );
  } catch (error) {
    if (!isNamed(error, 'ResourceInUseException')) throw error; // it is there already
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
    // dynalite deletes nothing by itself and has no such call; reads leave out what has ended all the same.
    if (!isNamed(error, 'UnknownOperationException')) throw error;
  }
}
