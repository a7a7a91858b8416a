/**
 * Message history in DynamoDB: one item an exchange (a message and its answer), under its client and a key that sorts by time.
 * Two small messages in one item cost one write unit; in two items they would cost two, which is a fifth of all that a chat costs.
 * What they say is one attribute of JSON text, as DynamoDB's own maps nest 32 levels at most and take no lone surrogates.
 */
import { BatchWriteCommand, type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../runtime';
import { createSortKeys, cursorFromPosition, type Position, positionFromCursor } from './dynamodb-history-keys';
import { expiresAt, firstPageWithRows, isNamed, isPartitionKey, secondsNow } from './dynamodb-items';
import type { HistoryRecord, SessionStore } from './session-store';

/** Items in one BatchWriteItem; DynamoDB's limit. */
const BATCH_SIZE = 25;

/** Characters of messages in one batch, unless it has only one item: a batch is in memory several times while it is sent. */
const BATCH_CHARACTERS = 262_144;

/** Batches under way at a time. */
const CONCURRENT_BATCHES = 5;

/** Milliseconds before the next try of what is unwritten, longer after each that wrote nothing; half of each is left to chance. */
const RETRY_DELAYS = [50, 100, 200, 400, 800];

/** How DynamoDB says that a table or an account is at its limit, when the SDK has tried a few times. */
const THROTTLED = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'];

/** Messages in one item: a question and its answer. Both at their largest fit in the 400 KB of an item. */
const EXCHANGE_SIZE = 2;

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
  const nextSortKey = createSortKeys(clock);

  function putOf(exchange: HistoryRecord[]): Put {
    const item = {
      client_id: exchange[0]?.clientId,
      sort_key: nextSortKey(),
      records: JSON.stringify(exchange.map(({ clientId: _, ...content }) => content)),
      expires_at: expiresAt(clock, historySeconds),
    };
    return { PutRequest: { Item: item } };
  }

  /** Writes as much of a batch as DynamoDB takes at the moment, and gives the rest. */
  async function tryBatch(batch: Put[]): Promise<Put[]> {
    try {
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: batch } }));
      return UnprocessedItems?.[TableName] ?? [];
    } catch (error) {
      if (THROTTLED.some((name) => isNamed(error, name))) return batch; // as it says where it takes nothing at all
      throw error;
    }
  }

  /** Goes on for as long as DynamoDB takes some: a broadcast writes more than a new table is ready for. */
  async function writeBatch(batch: Put[]): Promise<void> {
    let left = batch;
    for (let futile = 0; ; ) {
      const unwritten = await tryBatch(left);
      if (unwritten.length === 0) return;
      if (unwritten.length < left.length) futile = 0;
      left = unwritten;
      const delay = RETRY_DELAYS[futile++];
      if (delay === undefined) throw new Error(`DynamoDB left ${left.length} messages unwritten and took no more`);
      await clock.sleep((delay * (1 + Math.random())) / 2);
    }
  }

  return {
    async append(records) {
      const batches = batchesOf(exchangesOf(records)).values();
      async function worker() {
        for (const batch of batches) await writeBatch(batch.map(putOf)); // not before: 500 large items are 64 MB
      }
      // Settled, not all: a Lambda function that answers while a write is under way freezes with it.
      const workers = await Promise.allSettled(Array.from({ length: CONCURRENT_BATCHES }, worker));
      const failed = workers.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },

    async history(clientId, { limit, cursor }) {
      const after = cursor === undefined ? undefined : positionFromCursor(cursor);
      if (!isPartitionKey(clientId)) return { rows: [] };
      const { items, last } = await firstPageWithRows<Record<string, unknown>>(undefined, (from) =>
        client.send(
          new QueryCommand({
            TableName,
            ...keysUpTo(clientId, after),
            // The table holds broadcasts too, which have no records.
            FilterExpression: 'expires_at > :now AND attribute_exists(#records)',
            ExpressionAttributeNames: { '#records': 'records' },
            ScanIndexForward: false,
            Limit: limit,
            ExclusiveStartKey: from,
          }),
        ),
      );
      const found = items.flatMap((item) => placedRecords(item, after));
      const page = found.slice(0, limit);
      const end = page.at(-1)?.position;
      const isLast = page.length === found.length && last === undefined;
      return {
        rows: page.map(({ content }) => ({ clientId, ...content })),
        ...(end && !isLast && { cursor: cursorFromPosition(end) }),
      };
    },
  };

  function keysUpTo(clientId: string, after: Position | undefined) {
    const values = { ':client': clientId, ':now': secondsNow(clock) };
    if (!after) return { KeyConditionExpression: 'client_id = :client', ExpressionAttributeValues: values };
    const comparison = after.taken === undefined ? '<' : '<='; // an item that was given in part is read again
    return {
      KeyConditionExpression: `client_id = :client AND sort_key ${comparison} :end`,
      ExpressionAttributeValues: { ...values, ':end': after.sortKey },
    };
  }
}

/** Neighbours that are of one client, two by two. */
function exchangesOf(records: readonly HistoryRecord[]): HistoryRecord[][] {
  const exchanges: HistoryRecord[][] = [];
  for (const record of records) {
    const current = exchanges.at(-1);
    if (current && current.length < EXCHANGE_SIZE && current[0]?.clientId === record.clientId) current.push(record);
    else exchanges.push([record]);
  }
  return exchanges;
}

function batchesOf(exchanges: readonly HistoryRecord[][]): HistoryRecord[][][] {
  const batches: HistoryRecord[][][] = [];
  let characters = 0;
  for (const exchange of exchanges) {
    const size = exchange.reduce((sum, record) => sum + record.size, 0);
    const current = batches.at(-1);
    if (current && current.length < BATCH_SIZE && characters + size <= BATCH_CHARACTERS) {
      current.push(exchange);
      characters += size;
    } else {
      batches.push([exchange]);
      characters = size;
    }
  }
  return batches;
}

interface PlacedRecord {
  content: Omit<HistoryRecord, 'clientId'>;
  /** Of a page that ends with this record. */
  position: Position;
}

/** The messages of an item, newest first, less those that the page before has given. */
function placedRecords(item: Record<string, unknown>, after: Position | undefined): PlacedRecord[] {
  const sortKey = String(item.sort_key);
  const contents = (JSON.parse(String(item.records)) as PlacedRecord['content'][]).reverse();
  const placed = contents.map((content, index) => {
    const taken = index + 1;
    return { content, position: taken === contents.length ? { sortKey } : { sortKey, taken } };
  });
  return sortKey === after?.sortKey ? placed.slice(after.taken) : placed;
}
