/**
 * The sparse index `owned`: online clients by their first label, which names their owner. One owner's clients are spread over several
 * partitions, because one partition could not take the writes when many of them connect at once.
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Segment } from '../ports/client-store';
import { InvalidCursorError } from '../ports/page';
import type { Clock } from '../ports/runtime';
import { cursorFromKey, firstPageWithRows, keyFromCursor, secondsNow } from './dynamodb-items';
import { OWNED_INDEX } from './tables';

/** As many as a broadcast has segments, so that each segment reads its own partition. */
const PARTITIONS = 16;

/** A client's key in the index; undefined if it has no labels and is not in the index. */
export function ownerKeyOf(clientId: string, [label]: readonly string[]): string | undefined {
  if (label === undefined) return undefined;
  let sum = 0;
  for (let index = 0; index < clientId.length; index++) sum = (sum * 31 + clientId.charCodeAt(index)) | 0;
  return keyOf(Math.abs(sum) % PARTITIONS, label);
}

function keyOf(partition: number, label: string): string {
  return `${partition}#${label}`;
}

export interface OwnedClientsOptions {
  client: DynamoDBDocumentClient;
  clientsTable: string;
  clock: Clock;
}

export function createOwnedClients({ client, clientsTable: TableName, clock }: OwnedClientsOptions) {
  function queryOf(partition: number, label: string) {
    return {
      ...{ TableName, IndexName: OWNED_INDEX },
      KeyConditionExpression: 'owner_key = :owner',
      FilterExpression: 'session_ends_at > :now',
      ExpressionAttributeValues: { ':owner': keyOf(partition, label), ':now': secondsNow(clock) },
    };
  }

  async function countPartition(partition: number, label: string): Promise<number> {
    let count = 0;
    let from: Record<string, unknown> | undefined;
    do {
      const query = { ...queryOf(partition, label), Select: 'COUNT' as const, ExclusiveStartKey: from };
      const page = await client.send(new QueryCommand(query));
      count += page.Count ?? 0;
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return count;
  }

  return {
    /** One page of items: the partitions of this segment in order. @throws InvalidCursorError */
    async list(label: string, limit: number, cursor: string | undefined, segment: Segment = { index: 0, total: 1 }) {
      const start = cursor === undefined ? { partition: segment.index } : placeFrom(cursor);
      const items: Record<string, unknown>[] = [];
      let after = start.clientId;
      for (let partition = start.partition; partition < PARTITIONS; partition += segment.total) {
        const key = after === undefined ? undefined : keysOf(after, partition, label);
        const page = await firstPageWithRows<Record<string, unknown>>(key, (from) =>
          client.send(
            new QueryCommand({ ...queryOf(partition, label), Limit: limit - items.length, ExclusiveStartKey: from }),
          ),
        );
        items.push(...page.items);
        after = undefined;
        if (page.last) return { items, cursor: cursorOf(partition, String(page.last.client_id)) };
        const next = partition + segment.total;
        if (items.length === limit && next < PARTITIONS) return { items, cursor: cursorOf(next) };
      }
      return { items };
    },

    async count(label: string): Promise<number> {
      const counts = await Promise.all(
        Array.from({ length: PARTITIONS }, (_, number) => countPartition(number, label)),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

function keysOf(clientId: string, partition: number, label: string) {
  return { client_id: clientId, owner_key: keyOf(partition, label) };
}

/**
 * @param after  the last client on the page; default: the start of the partition
 */
function cursorOf(partition: number, after = ''): string {
  return cursorFromKey(`${partition} ${after}`);
}

/** @throws InvalidCursorError */
function placeFrom(cursor: string): { partition: number; clientId?: string } {
  const [, digits, clientId] = /^(\d{1,2}) (.*)$/s.exec(keyFromCursor(cursor)) ?? [];
  const partition = Number(digits);
  if (clientId === undefined || !(partition < PARTITIONS)) throw new InvalidCursorError();
  return clientId === '' ? { partition } : { partition, clientId };
}
