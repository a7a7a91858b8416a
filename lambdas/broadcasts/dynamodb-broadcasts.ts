/**
 * Broadcasts in DynamoDB, in the table of messages, each under a partition of its own: no client can have its key.
 * One item has the broadcast and its message, and one each segment's progress; a Query reads them all.
 */
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../runtime';
import { expiresAt, isNamed, isPartitionKey, secondsNow } from '../sessions/dynamodb-items';
import type { Broadcast, BroadcastStore, Progress } from './broadcast-store';

/** Seconds that a broadcast is known at least, however short the history is: its tasks need it until they have finished. */
const LEAST_SECONDS = 3_600;

/** The sort key of the broadcast itself. */
const BROADCAST = 'broadcast';

export interface DynamoBroadcastsOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  /** Seconds that a broadcast is known: as long as its messages are kept. */
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
      // The SDK writes again where an answer was lost: what this run has written by then is its own.
      const following = pages === 1 ? 'attribute_not_exists(pages)' : 'pages = :before';
      const condition = {
        ConditionExpression: `${following} OR (pages = :pages AND #run = :run)`,
        ExpressionAttributeNames: { '#run': 'run' },
        ExpressionAttributeValues: { ':pages': pages, ':run': run, ...(pages > 1 && { ':before': pages - 1 }) },
      };
      try {
        await client.send(new PutCommand({ TableName, Item: item, ...condition }));
        return true;
      } catch (error) {
        if (isNamed(error, 'ConditionalCheckFailedException')) return false;
        throw error;
      }
    },

    async get(broadcastId) {
      const partition = partitionOf(broadcastId);
      if (!isPartitionKey(partition)) return undefined;
      // One page of DynamoDB, 1 MB, has it all: a message is 128 KiB at most, a progress a few hundred bytes.
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
