/**
 * Message history in DynamoDB: one item a message, under its client and a key that sorts by time.
 * What the message says is one attribute of JSON text, as DynamoDB's own maps nest 32 levels at most and take no lone surrogates.
 */
import { randomUUID } from 'node:crypto';
import { BatchWriteCommand, type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type Clock, isoTime } from '../runtime';
import {
  cursorFromKey,
  expiresAt,
  firstPageWithRows,
  isPartitionKey,
  keyFromCursor,
  secondsNow,
} from './dynamodb-items';
import { type HistoryRecord, InvalidCursorError, type SessionStore } from './session-store';

/** Items in one BatchWriteItem; DynamoDB's limit. */
const BATCH_SIZE = 25;

/** Batches under way at a time. */
const CONCURRENT_BATCHES = 5;

/** Milliseconds before each further try of what a batch left unwritten; half of each is left to chance. */
const RETRY_DELAYS = [50, 100, 200, 400, 800];

/** As `sortKeys` makes them. */
const SORT_KEY = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#\d{4,}#[0-9a-f]{8}$/;

export interface DynamoHistoryOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  /** Seconds that a message is kept. */
  historySeconds: number;
  clock: Clock;
}

interface Put {
  PutRequest?: { Item: Record<string, unknown> | undefined };
}

export function createDynamoHistory(options: DynamoHistoryOptions): Pick<SessionStore, 'append' | 'history'> {
  const { client, messagesTable: TableName, historySeconds, clock } = options;
  const nextSortKey = sortKeys(clock);

  function putOf({ clientId, ...content }: HistoryRecord): Put {
    const item = {
      client_id: clientId,
      sort_key: nextSortKey(),
      record: JSON.stringify(content),
      expires_at: expiresAt(clock, historySeconds),
    };
    return { PutRequest: { Item: item } };
  }

  async function writeBatch(batch: Put[]): Promise<void> {
    let left = batch;
    for (const delay of [0, ...RETRY_DELAYS]) {
      if (delay > 0) await clock.sleep((delay * (1 + Math.random())) / 2);
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: left } }));
      left = UnprocessedItems?.[TableName] ?? [];
      if (left.length === 0) return;
    }
    throw new Error(`DynamoDB left ${left.length} messages unwritten after ${RETRY_DELAYS.length + 1} tries`);
  }

  return {
    async append(records) {
      const puts = records.map(putOf);
      const batches = Array.from({ length: Math.ceil(puts.length / BATCH_SIZE) }, (_, index) =>
        puts.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
      ).values();
      async function worker() {
        for (const batch of batches) await writeBatch(batch);
      }
      // Settled, not all: a Lambda function that answers while a write is under way freezes with it.
      const workers = await Promise.allSettled(Array.from({ length: CONCURRENT_BATCHES }, worker));
      const failed = workers.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },

    async history(clientId, { limit, cursor }) {
      const start = cursor === undefined ? undefined : { client_id: clientId, sort_key: sortKeyFromCursor(cursor) };
      if (!isPartitionKey(clientId)) return { rows: [] };
      const { items, last } = await firstPageWithRows<Record<string, unknown>>(start, (from) =>
        client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'client_id = :client',
            // The table holds broadcasts too, which have no record.
            FilterExpression: 'expires_at > :now AND attribute_exists(#record)',
            ExpressionAttributeNames: { '#record': 'record' },
            ExpressionAttributeValues: { ':client': clientId, ':now': secondsNow(clock) },
            ScanIndexForward: false,
            Limit: limit,
            ExclusiveStartKey: from,
          }),
        ),
      );
      const rows = items.map(({ record }) => ({ clientId, ...JSON.parse(String(record)) }) as HistoryRecord);
      return { rows, ...(last && { cursor: cursorFromKey(String(last.sort_key)) }) };
    },
  };
}

/**
 * Keys that sort by time, then by their turn within the millisecond, so that what this process keeps stays in order.
 * The random end keeps two processes from writing over each other.
 */
function sortKeys(clock: Clock): () => string {
  let millisecond = 0;
  let turn = 0;
  return () => {
    const now = clock.now();
    turn = now === millisecond ? turn + 1 : 0;
    millisecond = now;
    return `${isoTime(now)}#${String(turn).padStart(4, '0')}#${randomUUID().slice(0, 8)}`;
  };
}

/** @throws InvalidCursorError */
function sortKeyFromCursor(cursor: string): string {
  const key = keyFromCursor(cursor);
  if (!SORT_KEY.test(key)) throw new InvalidCursorError();
  return key;
}
