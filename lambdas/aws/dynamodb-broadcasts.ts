/**
 * Broadcasts in DynamoDB, in the messages table. Each has its own partition, with a key that no client can have: one item for the
 * broadcast and its message, and one per segment for the checkpoint. One Query reads them all.
 */
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { LoggedBroadcast } from '../ports/broadcast-log';
import { type LogStretch, mergeStretches } from '../ports/broadcast-log';
import type { Broadcast, BroadcastStore, Progress } from '../ports/broadcast-store';
import type { Clock } from '../ports/runtime';
import { broadcastTime } from '../protocol/position';
import { conditionally, expiresAt, isPartitionKey, secondsNow } from './dynamodb-items';

/** Least retention in seconds, however short the history's is: tasks read the broadcast until they finish. */
const LEAST_SECONDS = 3_600;

/** Sort key of the broadcast item. */
const BROADCAST = 'broadcast';

/** One hour in milliseconds. */
const HOUR = 3_600_000;

/** Tolerated clock skew of another function, in milliseconds. */
const SKEW = 60_000;

/** Broadcasts per read of the log. */
const LOG_PAGE_SIZE = 50;

export interface DynamoBroadcastsOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  /** Retention of a broadcast, in seconds. */
  historySeconds: number;
  clock: Clock;
}

export function createDynamoBroadcasts(options: DynamoBroadcastsOptions): BroadcastStore {
  const { client, messagesTable: TableName, historySeconds, clock } = options;

  function itemOf(broadcastId: string, sortKey: string, content: Record<string, unknown>) {
    const end = expiresAt(clock, Math.max(historySeconds, LEAST_SECONDS));
    return { client_id: partitionOf(broadcastId), sort_key: sortKey, ...content, expires_at: end };
  }

  /** Broadcasts in one partition of the log. */
  async function readPartition(partition: string, after: string, maxCharacters: number): Promise<LogStretch> {
    const broadcasts: LoggedBroadcast[] = [];
    let characters = 0;
    let from: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'client_id = :partition AND sort_key > :after',
          FilterExpression: 'expires_at > :now',
          ExpressionAttributeValues: { ':partition': partition, ':after': after, ':now': secondsNow(clock) },
          ConsistentRead: true,
          Limit: LOG_PAGE_SIZE,
          ExclusiveStartKey: from,
        }),
      );
      for (const { sort_key: position, text, owner } of page.Items ?? []) {
        characters += text.length;
        if (broadcasts.length > 0 && characters > maxCharacters) return { broadcasts, hasMore: true };
        broadcasts.push({ position, text, ...(owner !== undefined && { owner }) });
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return { broadcasts, hasMore: false };
  }

  /** Broadcasts to everybody. */
  async function readHours(after: string, maxCharacters: number): Promise<LogStretch> {
    const broadcasts: LoggedBroadcast[] = [];
    let left = maxCharacters;
    const end = clock.now() + SKEW;
    const start = Math.max(broadcastTime(after), clock.now() - historySeconds * 1_000);
    for (let hour = Math.floor(start / HOUR); hour <= end / HOUR; hour++) {
      const stretch = await readPartition(hourOf(hour * HOUR), after, left);
      for (const { text } of stretch.broadcasts) left -= text.length;
      broadcasts.push(...stretch.broadcasts);
      if (stretch.hasMore) return { broadcasts, hasMore: true };
    }
    return { broadcasts, hasMore: false };
  }

  return {
    async log({ position, text, group, owner }) {
      const Item = {
        client_id: group === undefined ? hourOf(broadcastTime(position)) : logOf(group),
        sort_key: position,
        text,
        ...(owner !== undefined && { owner }),
        expires_at: expiresAt(clock, historySeconds),
      };
      await client.send(new PutCommand({ TableName, Item }));
    },

    async logged(after, maxCharacters, groups = [], gapAfter = after) {
      const ofGroups = groups.map(({ group, since }) =>
        readPartition(logOf(group), later(after, since), maxCharacters),
      );
      const stretches = await Promise.all([readHours(after, maxCharacters), ...ofGroups]);
      // The log does not say what it lost, so anything could have been in the time that it no longer covers.
      const hasGap = broadcastTime(gapAfter) < clock.now() - (historySeconds - 1) * 1_000; // items expire at whole seconds
      return { ...mergeStretches(stretches, maxCharacters), ...(hasGap && { hasGap }) };
    },

    async save({ text, ...broadcast }) {
      const content = { broadcast: JSON.stringify(broadcast), ...(text !== undefined && { text }) };
      const item = itemOf(broadcast.broadcastId, BROADCAST, content);
      await client.send(new PutCommand({ TableName, Item: item }));
    },

    async checkpoint(broadcastId, segment, progress) {
      const { pages, run } = progress;
      const item = itemOf(broadcastId, sortKeyOf(segment), { pages, run, progress: JSON.stringify(progress) });
      // The SDK retries after a lost response, so this run may find its own checkpoint.
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
      // Everything fits into one page of 1 MB: a message is at most 128 KiB, a checkpoint a few hundred bytes.
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

/** The broadcast log has one partition per hour, with a key that no client can have. @param time  milliseconds since 1970 */
function hourOf(time: number): string {
  return `broadcasts#${Math.floor(time / HOUR)}`;
}

/** One partition per group: a group has far fewer messages than members. */
function logOf(group: string): string {
  return `group-log#${group}`;
}

function partitionOf(broadcastId: string): string {
  return `broadcast#${broadcastId}`;
}

function sortKeyOf(segment: number): string {
  return `segment#${segment}`;
}

/** Positions sort by time. */
function later(one: string, other: string): string {
  return [one, other].sort()[1] as string;
}
