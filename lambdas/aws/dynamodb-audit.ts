/** The audit in DynamoDB: spread over partitions at random, because every call of every key writes to it. */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { AUDIT, type HistoryRecord } from '../ports/history-store';
import { InvalidCursorError, type Page, type PageRequest } from '../ports/page';
import type { Clock } from '../ports/runtime';
import { recordsOf } from './dynamodb-history-items';
import { cursorFromKey, firstPageWithRows, keyFromCursor, secondsNow } from './dynamodb-items';

/** A partition takes 1,000 writes a second, so the audit takes 16,000. */
const PARTITIONS = 16;

/** As `createTimeKeys` makes them, so they sort by time over all partitions. */
const SORT_KEY = /^cast#[0-9TZ:.-]{24}#\d{4,}#[0-9a-f]{8}$/;

type Item = Record<string, unknown>;

/** Partition for a new entry. */
export function auditPartition(): string {
  return keyOf(Math.floor(Math.random() * PARTITIONS));
}

function keyOf(partition: number): string {
  return `${AUDIT}#${partition}`;
}

export interface AuditOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  clock: Clock;
}

/** Entries of all partitions, newest first. @throws InvalidCursorError */
export async function auditPage(options: AuditOptions, { limit, cursor }: PageRequest): Promise<Page<HistoryRecord>> {
  const before = cursor === undefined ? undefined : sortKeyFrom(cursor);
  const numbers = Array.from({ length: PARTITIONS }, (_, number) => number);
  const parts = await Promise.all(numbers.map((number) => newest(options, keyOf(number), before, limit)));
  // A part that has more is only known up to its last item.
  const known = parts.reduce((latest, { last }) => (last !== undefined && last > latest ? last : latest), '');
  const found = parts
    .flatMap(({ items }) => items)
    .filter((item) => sortKeyOf(item) >= known)
    .sort((one, other) => (sortKeyOf(one) > sortKeyOf(other) ? -1 : 1));
  const items = found.slice(0, limit);
  const end = items.at(-1);
  const hasMore = found.length > limit || known !== '';
  return { rows: items.flatMap(recordsOf), ...(end && hasMore && { cursor: cursorFromKey(sortKeyOf(end)) }) };
}

/** @returns the sort key of the last item that was read, if there are more */
async function newest(
  { client, messagesTable: TableName, clock }: AuditOptions,
  partition: string,
  before: string | undefined,
  limit: number,
): Promise<{ items: Item[]; last?: string }> {
  const { items, last } = await firstPageWithRows<Item>(undefined, (from) =>
    client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: `client_id = :partition${before === undefined ? '' : ' AND sort_key < :before'}`,
        FilterExpression: 'expires_at > :now',
        ExpressionAttributeValues: {
          ...{ ':partition': partition, ':now': secondsNow(clock) },
          ...(before !== undefined && { ':before': before }),
        },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey: from,
      }),
    ),
  );
  return { items, ...(last && { last: sortKeyOf(last) }) };
}

function sortKeyOf(item: Item): string {
  return String(item.sort_key);
}

/** @throws InvalidCursorError */
function sortKeyFrom(cursor: string): string {
  const key = keyFromCursor(cursor);
  if (!SORT_KEY.test(key)) throw new InvalidCursorError();
  return key;
}
