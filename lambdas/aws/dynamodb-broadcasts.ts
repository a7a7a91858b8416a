/**
 * Broadcasts in DynamoDB, in the table of messages, each in a partition of its own, whose key no client can have. One item holds the
 * broadcast and its message, one more each segment's checkpoint; a Query reads them all.
 */
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Broadcast, BroadcastStore, Progress } from '../ports/broadcast-store';
import type { Clock } from '../ports/runtime';
import { conditionally, expiresAt, isPartitionKey, secondsNow } from './dynamodb-items';

/** Minimum seconds that a broadcast is kept, however short the history: its tasks read it until they finish. */
const LEAST_SECONDS = 3_600;

/** The sort key of the broadcast itself. */
const BROADCAST = 'broadcast';

export interface DynamoBroadcastsOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  /** Seconds that a broadcast is kept. */
  historySeconds: number;
  clock: Clock;
}

export function createDynamoBroadcasts(options: DynamoBroadcastsOptions): BroadcastStore {
  const { client, messagesTable: TableName, historySeconds, clock } = options;

  function itemOf(broadcastId: string, sortKey: string, content: Record<string, unknown>) {
    const end = expiresAt(clock, Math.max(historySeconds, LEAST_SECONDS));
    return { client_id: partitionOf(broadcastId), sort_key: sortKey, ...content, expires_at: end };
  }

  return {
    async save({ text, ...broadcast }) {
      const content = { broadcast: JSON.stringify(broadcast), ...(text !== undefined && { text }) };
      const item = itemOf(broadcast.broadcastId, BROADCAST, content);
      await client.send(new PutCommand({ TableName, Item: item }));
    },

    async checkpoint(broadcastId, segment, progress) {
      const { pages, run } = progress;
      const item = itemOf(broadcastId, sortKeyOf(segment), { pages, run, progress: JSON.stringify(progress) });
      // The SDK retries after a lost answer, so this run may find its own checkpoint.
      const following = pages === 1 ? 'attribute_not_exists(pages)' : 'pages = :before';
      const condition = {
        ConditionExpression: `${following} OR (pages = :pages AND #run = :run)`,
        ExpressionAttributeNames: { '#run': 'run' },
        ExpressionAttributeValues: { ':pages': pages, ':run': run, ...(pages > 1 && { ':before': pages - 1 }) },
      };
      return conditionally(client.send(new PutCommand({ TableName, Item: item, ...condition })));
    },

    async get(broadcastId) {
      const partition = partitionOf(broadcastId);
      if (!isPartitionKey(partition)) return undefined;
      // All of it fits into one page of 1 MB: a message is 128 KiB at most, a checkpoint a few hundred bytes.
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'client_id = :broadcast',
          ExpressionAttributeValues: { ':broadcast': partition },
          ConsistentRead: true,
        }),
      );
      const items = new Map(Items.map((item) => [String(item.sort_key), item]));
      const item = items.get(BROADCAST);
      if (!item || item.expires_at <= secondsNow(clock)) return undefined;
      const broadcast: Broadcast = {
        ...JSON.parse(item.broadcast),
        ...(item.text !== undefined && { text: item.text }),
      };
      const progressOf = (segment: number): Progress | undefined => {
        const known = items.get(sortKeyOf(segment));
        return known && JSON.parse(known.progress);
      };
      return {
        broadcast,
        progress: Array.from({ length: broadcast.segments }, (_, segment) => progressOf(segment)),
      };
    },
  };
}

function partitionOf(broadcastId: string): string {
  return `broadcast#${broadcastId}`;
}

function sortKeyOf(segment: number): string {
  return `segment#${segment}`;
}
