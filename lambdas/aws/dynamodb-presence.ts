/**
 * Watches of groups and changes to send, in DynamoDB, in the messages table. The watches of a group are one partition. Changes are sharded
 * by a hash of the client's name, with one item per shard, so that a busy group has no hot partition. The item `roll_up` exists while a
 * task is due to take the changes.
 */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import {
  LOST_AFTER_MS,
  MAX_WATCHERS,
  type PresenceChange,
  type PresenceStore,
  type Watch,
} from '../ports/presence-store';
import type { Clock } from '../ports/runtime';
import { SESSION_TTL_SECONDS } from '../protocol/limits';
import { batchGet } from './dynamodb-batch-get';
import { allShards, shardOf } from './dynamodb-groups';
import { conditionally, expiresAt } from './dynamodb-items';

export interface DynamoPresenceOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  clock: Clock;
  /** Per group. */
  maxWatchers?: number;
}

type Item = Record<string, unknown>;

export function createDynamoPresence(options: DynamoPresenceOptions): PresenceStore {
  const { client, messagesTable: TableName, clock, maxWatchers = MAX_WATCHERS } = options;

  function queryWatches(group: string, more: { Limit?: number; Select?: 'COUNT'; ExclusiveStartKey?: Item }) {
    return client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'client_id = :group AND begins_with(sort_key, :watch)',
        ExpressionAttributeValues: { ':group': watchesOf(group), ':watch': WATCH },
        ConsistentRead: true,
        ...more,
      }),
    );
  }

  /** @returns true if no other task is due, or that one is lost */
  async function begin(group: string): Promise<boolean> {
    const now = clock.now();
    const run = `${now}.${Math.random()}`;
    return conditionally(
      client.send(
        new PutCommand({
          TableName,
          Item: { ...rollUpKey(group), started_at: now, run, expires_at: expiresAt(clock, SESSION_TTL_SECONDS) },
          // The SDK retries after a lost response, so this call may find its own item.
          ConditionExpression: 'attribute_not_exists(client_id) OR started_at < :lost OR #run = :run',
          ExpressionAttributeNames: { '#run': 'run' },
          ExpressionAttributeValues: { ':lost': now - LOST_AFTER_MS, ':run': run },
        }),
      ),
    );
  }

  return {
    async watch(group, { clientId, connectionId, owner }) {
      const { Count = 0 } = await queryWatches(group, { Select: 'COUNT', Limit: maxWatchers });
      const Item = {
        ...watchKey(group, clientId),
        ...{ connection_id: connectionId, expires_at: expiresAt(clock, SESSION_TTL_SECONDS) },
        ...(owner !== undefined && { owner }),
      };
      const isFull = Count >= maxWatchers && { ConditionExpression: 'attribute_exists(client_id)' }; // may replace its own watch
      return conditionally(client.send(new PutCommand({ TableName, Item, ...isFull })));
    },

    async unwatch(group, clientId, connectionId) {
      const condition = connectionId !== undefined && {
        ConditionExpression: 'connection_id = :connection',
        ExpressionAttributeValues: { ':connection': connectionId },
      };
      await conditionally(client.send(new DeleteCommand({ TableName, Key: watchKey(group, clientId), ...condition })));
    },

    async isWatched(group) {
      const { Count = 0 } = await queryWatches(group, { Select: 'COUNT', Limit: 1 });
      return Count > 0;
    },

    async watches(group) {
      const all: Watch[] = [];
      let from: Item | undefined;
      do {
        const page = await queryWatches(group, { ExclusiveStartKey: from });
        for (const { sort_key, connection_id: connectionId, owner } of page.Items ?? []) {
          const clientId = String(sort_key).slice(WATCH.length);
          all.push({ clientId, connectionId, ...(owner !== undefined && { owner }) });
        }
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return all;
    },

    async note(group, clientId, change) {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key: changesKey(group, shardOf(clientId)),
          UpdateExpression: 'SET #client = :change, since = if_not_exists(since, :now), expires_at = :end',
          ExpressionAttributeNames: { '#client': CHANGE + clientId },
          ExpressionAttributeValues: {
            ...{ ':change': change, ':now': clock.now() },
            ':end': expiresAt(clock, SESSION_TTL_SECONDS),
          },
          ReturnValues: 'UPDATED_OLD',
        }),
      );
      const since = Attributes?.since as number | undefined;
      const isFirst = since === undefined || clock.now() - since > LOST_AFTER_MS;
      return isFirst && begin(group);
    },

    /** Returns what it read, too: the SDK may retry a delete after a lost response, and the retry finds nothing. */
    async take(group) {
      await client.send(new DeleteCommand({ TableName, Key: rollUpKey(group) })); // first: a later change starts a new task
      const keys = allShards().map((shard) => changesKey(group, shard));
      const found = await batchGet({ client, table: TableName, keys, isConsistent: true, clock });
      const deleted = await Promise.all(
        found.map(async ({ client_id, sort_key }) => {
          const Key = { client_id, sort_key };
          return (await client.send(new DeleteCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }))).Attributes;
        }),
      );
      return new Map([...found, ...deleted].flatMap((item) => (item ? changesIn(item) : [])));
    },
  };
}

/** Names of clients and groups cannot contain a `#`. */
const WATCH = 'watch#';
const CHANGE = 'change#';

function watchesOf(group: string): string {
  return `presence#${group}`;
}

function watchKey(group: string, clientId: string) {
  return { client_id: watchesOf(group), sort_key: WATCH + clientId };
}

function rollUpKey(group: string) {
  return { client_id: watchesOf(group), sort_key: 'roll_up' };
}

function changesKey(group: string, shard: number) {
  return { client_id: `${watchesOf(group)}#${shard}`, sort_key: 'changes' };
}

function changesIn(item: Item): [string, PresenceChange][] {
  return Object.entries(item).flatMap(([name, change]) =>
    name.startsWith(CHANGE) ? [[name.slice(CHANGE.length), change as PresenceChange]] : [],
  );
}
