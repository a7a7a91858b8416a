/** Broadcasts in DynamoDB, in the table of messages, each under a partition of its own: no client can have its key. */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../runtime';
import { expiresAt, isPartitionKey, secondsNow } from '../sessions/dynamodb-items';
import type { Broadcast, BroadcastStore } from './broadcast-store';

export interface DynamoBroadcastsOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  /** Seconds that a broadcast is known after it was last written: as long as its messages are kept. */
  historySeconds: number;
  clock: Clock;
}

export function createDynamoBroadcasts(options: DynamoBroadcastsOptions): BroadcastStore {
  const { client, messagesTable: TableName, historySeconds, clock } = options;
  return {
    async save(broadcast) {
      const item = {
        ...keyOf(broadcast.broadcastId),
        broadcast: JSON.stringify(broadcast),
        expires_at: expiresAt(clock, historySeconds),
      };
      await client.send(new PutCommand({ TableName, Item: item }));
    },

    async get(broadcastId) {
      const key = keyOf(broadcastId);
      if (!isPartitionKey(key.client_id)) return undefined;
      const { Item } = await client.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }));
      if (!Item || Item.expires_at <= secondsNow(clock)) return undefined;
      return JSON.parse(Item.broadcast) as Broadcast;
    },
  };
}

function keyOf(broadcastId: string) {
  return { client_id: `broadcast#${broadcastId}`, sort_key: 'state' };
}
