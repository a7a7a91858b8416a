/** Small records in DynamoDB, in the messages table: one partition per kind, with a key that no client can have. */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import type { RecordKind, RecordStore, StoredRecord } from '../ports/record-store';
import type { Clock } from '../ports/runtime';
import { parseJson, stringifyJson } from '../protocol/json';
import { conditionally, secondsNow } from './dynamodb-items';

export interface DynamoRecordsOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  clock: Clock;
}

export function createDynamoRecords({ client, messagesTable: TableName, clock }: DynamoRecordsOptions): RecordStore {
  function recordFrom(item: Record<string, unknown> | undefined): StoredRecord | undefined {
    const ends = item?.ends_at as number | undefined;
    if (!item || (ends !== undefined && ends <= clock.now())) return undefined;
    const record = { name: item.sort_key as string, value: parseJson(item.value as string) as StoredRecord['value'] };
    return ends === undefined ? record : { ...record, expiresAt: ends };
  }

  return {
    async get(kind, name) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(kind, name), ConsistentRead: true }));
      return recordFrom(Item);
    },

    async list(kind) {
      const records: StoredRecord[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'client_id = :kind',
            ExpressionAttributeValues: { ':kind': partitionOf(kind) },
            ConsistentRead: true,
            ExclusiveStartKey: from,
          }),
        );
        records.push(...(page.Items ?? []).flatMap((item) => recordFrom(item) ?? []));
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return records;
    },

    async put(kind, { name, value, expiresAt }, before) {
      const ends = expiresAt !== undefined && { ends_at: expiresAt, expires_at: Math.ceil(expiresAt / 1_000) };
      const put = new PutCommand({
        TableName,
        Item: { ...keyOf(kind, name), value: stringifyJson(value), ...ends },
        ...(before === 'free' && {
          ConditionExpression: 'attribute_not_exists(sort_key) OR expires_at <= :now',
          ExpressionAttributeValues: { ':now': secondsNow(clock) },
        }),
        ...(typeof before === 'object' && {
          ConditionExpression: '#value = :before', // also false if there is no item
          ExpressionAttributeNames: { '#value': 'value' },
          ExpressionAttributeValues: { ':before': stringifyJson(before.value) },
        }),
      });
      return conditionally(client.send(put));
    },

    async delete(kind, name) {
      const { Attributes } = await client.send(
        new DeleteCommand({ TableName, Key: keyOf(kind, name), ReturnValues: 'ALL_OLD' }),
      );
      return recordFrom(Attributes) !== undefined;
    },
  };
}

function partitionOf(kind: RecordKind): string {
  return `record#${kind}`;
}

function keyOf(kind: RecordKind, name: string) {
  return { client_id: partitionOf(kind), sort_key: name };
}
