/**
 * Group memberships in DynamoDB, in the messages table. A membership is one item in its client's partition. A sparse index lists the
 * members of a group, sharded by a hash of the client's name, so that a group of any size has no hot partition. A member counter per
 * group and shard lists which groups exist.
 */
import { createHash } from 'node:crypto';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Segment } from '../ports/client-store';
import { type Group, type GroupStore, MAX_GROUPS, type Member } from '../ports/group-store';
import { InvalidCursorError, type Page, type PageRequest } from '../ports/page';
import { type Clock, isoTime } from '../ports/runtime';
import { batchGet } from './dynamodb-batch-get';
import { conditionally, cursorFromKey, isNamed, isPartitionKey, keyFromCursor } from './dynamodb-items';
import { GROUPS_INDEX } from './tables';

/**
 * Shards per group. A DynamoDB partition takes 1,000 writes a second; API Gateway lets 500 clients a second connect, which is 31 joins a
 * second per shard. A broadcast to a group has as many segments.
 */
export const GROUP_SHARDS = 16;

export interface DynamoGroupsOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  clock: Clock;
}

export function createDynamoGroups({ client, messagesTable: TableName, clock }: DynamoGroupsOptions): GroupStore {
  /**
   * @returns true if the client was not in the group before
   */
  async function put(clientId: string, group: string, owner: string | undefined, run: string): Promise<boolean> {
    const Item = {
      ...keyOf(clientId, group),
      group_shard: shardKey(group, shardOf(clientId)),
      joined_at: isoTime(clock.now()),
      ...(owner !== undefined && { owner }),
      run,
    };
    // The SDK retries after a lost response, so this call may find its own item.
    const condition = {
      ConditionExpression: 'attribute_not_exists(client_id) OR #run = :run',
      ExpressionAttributeNames: { '#run': 'run' },
      ExpressionAttributeValues: { ':run': run },
    };
    return conditionally(client.send(new PutCommand({ TableName, Item, ...condition })));
  }

  /**
   * Ends an existing membership.
   * @returns false if another call ended it
   */
  async function remove(clientId: string, group: string): Promise<boolean> {
    const { Attributes, $metadata } = await client.send(
      new DeleteCommand({ TableName, Key: keyOf(clientId, group), ReturnValues: 'ALL_OLD' }),
    );
    return Attributes !== undefined || ($metadata.attempts ?? 1) > 1; // the SDK retries after a lost response, and finds nothing
  }

  /** @param run  of one join or leave: counted once, also if the SDK retries after a lost response */
  async function count(clientId: string, group: string, change: 1 | -1, run: string): Promise<void> {
    const Key = { client_id: counters(shardOf(clientId)), sort_key: group };
    const isSomebodyLeft = await client
      .send(
        new UpdateCommand({
          TableName,
          Key,
          UpdateExpression: 'SET #run = :run ADD members :change',
          ConditionExpression: 'attribute_not_exists(#run) OR #run <> :run',
          ExpressionAttributeNames: { '#run': 'run' },
          ExpressionAttributeValues: { ':change': change, ':run': run },
          ReturnValues: 'UPDATED_NEW',
        }),
      )
      .then(({ Attributes }) => Attributes?.members > 0)
      .catch(falseIfCounted);
    if (isSomebodyLeft) return;
    const condition = { ConditionExpression: 'members <= :none', ExpressionAttributeValues: { ':none': 0 } };
    await conditionally(client.send(new DeleteCommand({ TableName, Key, ...condition })));
  }

  function newRun(): string {
    return `${clock.now()}.${Math.random()}`;
  }

  async function groupsOf(clientId: string) {
    if (!isPartitionKey(clientId)) return [];
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'client_id = :client AND begins_with(sort_key, :membership)',
        ExpressionAttributeValues: { ':client': clientId, ':membership': MEMBERSHIP },
        ConsistentRead: true,
      }),
    );
    return Items.map(({ sort_key, joined_at: joinedAt, owner }) => ({
      ...{ group: groupOf(sort_key), joinedAt },
      ...(owner !== undefined && { owner }),
    }));
  }

  async function membersOfShard(group: string, shard: number, { limit, cursor }: PageRequest): Promise<Page<Member>> {
    const key = { group_shard: shardKey(group, shard), sort_key: MEMBERSHIP + group };
    const { Items = [], LastEvaluatedKey: last } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: GROUPS_INDEX,
        KeyConditionExpression: 'group_shard = :shard',
        ExpressionAttributeValues: { ':shard': key.group_shard },
        Limit: limit,
        ExclusiveStartKey: cursor === undefined ? undefined : { ...key, client_id: cursor },
      }),
    );
    const rows = Items.map(({ client_id: clientId, joined_at: joinedAt }) => ({ clientId, joinedAt }));
    return { rows, ...(last && { cursor: String(last.client_id) }) };
  }

  /** Member counts of one shard for a range of group names, sorted by name. */
  async function countersOf(shard: number, from: string, to: string, Limit: number): Promise<Group[]> {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'client_id = :counters AND sort_key BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':counters': counters(shard), ':from': from, ':to': to },
        Limit,
      }),
    );
    return Items.map(({ sort_key: group, members }) => ({ group, members }));
  }

  return {
    groupsOf,

    /** Writes first, then counts: of several concurrent calls, none uses room that another one takes. */
    async join(clientId, groups, owner) {
      const run = newRun();
      const puts = await Promise.all(groups.map((group) => put(clientId, group, owner, run)));
      const added = groups.filter((_, at) => puts[at]);
      if (added.length === 0) return [];
      const surplus = Math.min(added.length, (await groupsOf(clientId)).length - MAX_GROUPS);
      const refused = surplus > 0 ? added.splice(-surplus) : [];
      await Promise.all([
        ...refused.map((group) => remove(clientId, group)),
        ...added.map((group) => count(clientId, group, 1, run)),
      ]);
      return refused;
    },

    async leave(clientId, group) {
      const isMember = (await groupsOf(clientId)).some((one) => one.group === group);
      if (!isMember || !(await remove(clientId, group))) return false;
      await count(clientId, group, -1, newRun());
      return true;
    },

    /** Most groups are small: without a cursor, all shards are read in parallel. */
    async members(group, { limit, cursor }, segment = { index: 0, total: 1 }) {
      const from = cursor === undefined ? undefined : placeFrom(cursor);
      const shards = shardsOf(segment).filter((shard) => shard >= (from?.shard ?? 0));
      const wanted = from ? shards.slice(0, 1) : shards;
      const pages = await Promise.all(
        wanted.map((shard) => membersOfShard(group, shard, { limit, cursor: from?.clientId })),
      );
      const rows: Member[] = [];
      for (const [at, page] of pages.entries()) {
        const shard = shards[at] as number;
        if (at > 0 && rows.length + page.rows.length > limit) return { rows, cursor: cursorOf(shard) };
        rows.push(...page.rows);
        if (page.cursor !== undefined) return { rows, cursor: cursorOf(shard, page.cursor) };
      }
      const next = shards[pages.length];
      return next === undefined ? { rows } : { rows, cursor: cursorOf(next) };
    },

    async count(group) {
      const keys = allShards().map((shard) => ({ client_id: counters(shard), sort_key: group }));
      const items = await batchGet({ client, table: TableName, keys, clock });
      return items.reduce((sum, { members }) => sum + Number(members), 0);
    },

    async all() {
      const memberships: { clientId: string; group: string }[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const scan = { TableName, IndexName: GROUPS_INDEX, ExclusiveStartKey: from };
        const { Items = [], LastEvaluatedKey: last } = await client.send(new ScanCommand(scan));
        for (const { client_id: clientId, sort_key } of Items) memberships.push({ clientId, group: groupOf(sort_key) });
        from = last;
      } while (from !== undefined);
      return memberships;
    },

    async list({ limit, cursor }, prefix = '') {
      // No character of a name sorts before a space or after '~'.
      const after = cursor === undefined ? ' ' : `${keyFromCursor(cursor)} `;
      const from = after > prefix ? after : prefix;
      const to = `${prefix}~`;
      const shards = from > to ? [] : allShards();
      const all = await Promise.all(shards.map((shard) => countersOf(shard, from, to, limit + 1)));
      const members = new Map<string, number>();
      for (const one of all.flat()) members.set(one.group, (members.get(one.group) ?? 0) + one.members);
      const names = [...members.keys()].sort();
      const page = names.slice(0, limit);
      const rows = page.map((group) => ({ group, members: members.get(group) ?? 0 }));
      return names.length > limit ? { rows, cursor: cursorFromKey(page.at(-1) as string) } : { rows };
    },
  };
}

/** @throws the error, unless it says that this run was counted before */
function falseIfCounted(error: unknown): false {
  if (isNamed(error, 'ConditionalCheckFailedException')) return false;
  throw error;
}

/** Sort key prefix, next to the ranges of the history. */
const MEMBERSHIP = 'group#';

function keyOf(clientId: string, group: string) {
  return { client_id: clientId, sort_key: MEMBERSHIP + group };
}

function groupOf(sortKey: string): string {
  return sortKey.slice(MEMBERSHIP.length);
}

/** Partition key for one shard's counters; no client can have this name. */
function counters(shard: number): string {
  return `groups#${shard}`;
}

function shardKey(group: string, shard: number): string {
  return `${group}#${shard}`;
}

export function shardOf(clientId: string): number {
  return createHash('sha256').update(clientId).digest().readUInt32BE() % GROUP_SHARDS;
}

export function allShards(): number[] {
  return Array.from({ length: GROUP_SHARDS }, (_, shard) => shard);
}

function shardsOf({ index, total }: Segment): number[] {
  return allShards().filter((shard) => shard % total === index % total);
}

function cursorOf(shard: number, clientId = ''): string {
  return cursorFromKey(`${shard}#${clientId}`);
}

/** @throws InvalidCursorError */
function placeFrom(cursor: string): { shard: number; clientId: string | undefined } {
  const [, shard, clientId] = /^(\d{1,2})#(.*)$/s.exec(keyFromCursor(cursor)) ?? [];
  if (shard === undefined || Number(shard) >= GROUP_SHARDS) throw new InvalidCursorError();
  return { shard: Number(shard), clientId: clientId === '' ? undefined : clientId };
}
