/**
 * Presence in DynamoDB, in the messages table: who watches a group, and which changes are still to be sent.
 * The watches of a group are one partition. Its changes are spread over shards, one item each, by a hash of the client's name, so that no
 * partition gets all writes of a busy group. A change is an attribute with a name of its own, so a task removes only what it has sent. The
 * item `roll_up` exists while a task is due to send the changes.
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
      const name = nameOfChange(clientId, change);
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key: changesKey(group, shardOf(clientId)),
          UpdateExpression:
            'SET #change = if_not_exists(noted, :zero), noted = if_not_exists(noted, :zero) + :one, ' +
            'since = if_not_exists(since, :now), expires_at = :end',
          ExpressionAttributeNames: { '#change': name },
          ExpressionAttributeValues: {
            ...{ ':zero': 0, ':one': 1, ':now': clock.now() },
            ':end': expiresAt(clock, SESSION_TTL_SECONDS),
          },
          ReturnValues: 'UPDATED_OLD',
        }),
      );
      const since = Attributes?.since as number | undefined;
      const isRepeated = Attributes?.[name] !== undefined; // by the SDK, after a lost response: `since` may be this call's own
      const isFirst = since === undefined || isRepeated || clock.now() - since > LOST_AFTER_MS;
      return isFirst && begin(group);
    },

    async noted(group) {
      await client.send(new DeleteCommand({ TableName, Key: rollUpKey(group) })); // first: a later change starts a new task
      const keys = allShards().map((shard) => changesKey(group, shard));
      const items = await batchGet({ client, table: TableName, keys, isConsistent: true, clock });
      const notes = items.flatMap(notesIn).sort((one, other) => one.order - other.order);
      return {
        changes: new Map(notes.map(({ clientId, change }) => [clientId, change])),
        async remove() {
          const isLeft = await Promise.all(items.map(removeFrom));
          return isLeft.includes(true) && begin(group);
        },
      };
    },
  };

  /** Removes the notes of an item as it was read. @returns true if it has newer ones */
  async function removeFrom(item: Item): Promise<boolean> {
    const { client_id, sort_key } = item;
    const names = notesIn(item).map(({ name }) => name);
    let left: Item = {};
    for (let from = 0; from < names.length; from += NAMES_IN_UPDATE) {
      const aliases = names.slice(from, from + NAMES_IN_UPDATE).map((name, at) => [`#${at}`, name]);
      const { Attributes = {} } = await client.send(
        new UpdateCommand({
          TableName,
          Key: { client_id, sort_key },
          // Without `since`, the next change starts a task.
          UpdateExpression: `REMOVE since, ${aliases.map(([alias]) => alias).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(aliases),
          ReturnValues: 'ALL_NEW',
        }),
      );
      left = Attributes;
    }
    return notesIn(left).length > 0;
  }
}

/** Names in one update: less than half of the 4 KB that an expression may have. */
const NAMES_IN_UPDATE = 250;

/** Names of clients and groups cannot contain a `#`. */
const WATCH = 'watch#';

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

/** A change as it was noted. */
interface Note {
  /** Of its attribute. */
  name: string;
  clientId: string;
  change: PresenceChange;
  /** Number of notes before it in its item. */
  order: number;
}

function nameOfChange(clientId: string, change: PresenceChange): string {
  return `${change}#${clientId}#${Math.random().toString(36).slice(2, 10)}`;
}

function notesIn(item: Item): Note[] {
  return Object.entries(item).flatMap(([name, order]) => {
    const [, change, clientId] = /^(member|left)#(.+)#/.exec(name) ?? [];
    if (change === undefined || clientId === undefined) return [];
    return [{ name, clientId, change: change as PresenceChange, order: Number(order) }];
  });
}
