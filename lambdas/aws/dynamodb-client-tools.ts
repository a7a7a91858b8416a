/** Client tools in DynamoDB: one item per client, in its partition of the messages table. */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { CLIENT_TOOLS_SECONDS, type ClientTool, type ClientToolStore } from '../ports/client-tool-store';
import type { Clock } from '../ports/runtime';
import { parseJson, stringifyJson } from '../protocol/json';
import { expiresAt, isPartitionKey, secondsNow } from './dynamodb-items';

export interface DynamoClientToolsOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  clock: Clock;
}

export function createDynamoClientTools(options: DynamoClientToolsOptions): ClientToolStore {
  const { client, messagesTable: TableName, clock } = options;
  return {
    async set(clientId, tools) {
      const content = { tools: stringifyJson(tools), expires_at: expiresAt(clock, CLIENT_TOOLS_SECONDS) };
      await client.send(new PutCommand({ TableName, Item: { ...keyOf(clientId), ...content } }));
    },

    async get(clientId) {
      if (!isPartitionKey(clientId)) return undefined;
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(clientId), ConsistentRead: true }));
      if (!Item || Item.expires_at <= secondsNow(clock)) return undefined;
      return parseJson(Item.tools) as ClientTool[];
    },
  };
}

/** Next to the ranges of the history. */
function keyOf(clientId: string) {
  return { client_id: clientId, sort_key: 'tools' };
}
