/**
 * Message history in DynamoDB: one item per exchange (a message and its answer), per push, and per client of a broadcast. Two small
 * messages in one item cost one write unit instead of two, which saves a fifth of the price of a chat. The messages are one attribute of
 * JSON text, because DynamoDB maps nest at most 32 levels and reject lone surrogates.
 */
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import {
  AUDIT,
  type HistoryItem,
  type HistoryRecord,
  type HistoryStore,
  type PlacedItem,
  type Stretch,
} from '../ports/history-store';
import type { Clock } from '../ports/runtime';
import { stringifyJson } from '../protocol/json';
import { MAX_HISTORY_PAGE_BYTES } from '../protocol/limits';
import { epochStart, MAX_SEQ, type Position } from '../protocol/position';
import { auditPage, auditPartition } from './dynamodb-audit';
import { attributesOfCall, placedItem, recordsOf } from './dynamodb-history-items';
import {
  createTimeKeys,
  cursorFromPlaces,
  keyOfPosition,
  type Place,
  type Places,
  placesFromCursor,
  type Range,
} from './dynamodb-history-keys';
import { conditionally, expiresAt, firstPageWithRows, isNamed, isPartitionKey, secondsNow } from './dynamodb-items';

/** Items per BatchWriteItem; DynamoDB's limit. */
const BATCH_SIZE = 25;

/** Characters per batch, unless it has a single item: the SDK holds several copies of a batch in memory. */
const BATCH_CHARACTERS = 262_144;

/** Batches in flight at a time. */
const CONCURRENT_BATCHES = 5;

/** Milliseconds before each consecutive retry that wrote nothing, with jitter of up to half. */
const RETRY_DELAYS = [50, 100, 200, 400, 800];

/** Errors of a throttled table or account, after the SDK's own retries. */
const THROTTLED = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'];

/** Items per read for a client that catches up. */
const STRETCH_SIZE = 100;

export interface DynamoHistoryOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  /** How long a message is kept, in seconds. */
  historySeconds: number;
  clock: Clock;
}

interface Put {
  PutRequest?: { Item: Record<string, unknown> | undefined };
}

/** Records of one range, newest first, and whether there are more. */
interface RangePart {
  range: Range;
  records: PlacedRecord[];
  hasMore: boolean;
}

interface PlacedRecord {
  record: HistoryRecord;
  /** Where the next page continues if this record ends a page. */
  place: Place;
}

export function createDynamoHistory(options: DynamoHistoryOptions): HistoryStore {
  const { client, messagesTable: TableName, historySeconds, clock } = options;
  const nextTimeKey = createTimeKeys(clock);

  function itemOf(clientId: string, sortKey: string, records: readonly HistoryRecord[]) {
    return {
      client_id: clientId,
      sort_key: sortKey,
      records: stringifyJson(records),
      expires_at: expiresAt(clock, historySeconds),
    };
  }

  function putOf({ clientId, records }: HistoryItem): Put {
    const partition = clientId === AUDIT ? auditPartition() : clientId;
    return { PutRequest: { Item: itemOf(partition, nextTimeKey(), records) } };
  }

  async function itemAt(clientId: string, position: Position): Promise<Record<string, unknown> | undefined> {
    const Key = { client_id: clientId, sort_key: keyOfPosition(position) };
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item && Item.expires_at > secondsNow(clock) ? Item : undefined;
  }

  /** Items between two positions of an epoch; strongly consistent. */
  async function queryBetween(
    clientId: string,
    [first, last]: [Position, Position],
    options: Pick<QueryCommandInput, 'Limit' | 'ScanIndexForward' | 'ExclusiveStartKey'>,
  ) {
    return client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'client_id = :client AND sort_key BETWEEN :first AND :last',
        FilterExpression: 'expires_at > :now',
        ExpressionAttributeValues: {
          ':client': clientId,
          ':first': keyOfPosition(first),
          ':last': keyOfPosition(last),
          ':now': secondsNow(clock),
        },
        ConsistentRead: true,
        ...options,
      }),
    );
  }

  /** Writes what DynamoDB accepts of a batch and returns the rest. */
  async function tryBatch(batch: Put[]): Promise<Put[]> {
    try {
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: batch } }));
      return UnprocessedItems?.[TableName] ?? [];
    } catch (error) {
      if (THROTTLED.some((name) => isNamed(error, name))) return batch; // nothing was accepted
      throw error;
    }
  }

  /** Retries as long as DynamoDB accepts some items: a broadcast writes more than a new table is scaled for. */
  async function writeBatch(batch: Put[]): Promise<void> {
    let left = batch;
    for (let futile = 0; ; ) {
      const unwritten = await tryBatch(left);
      if (unwritten.length === 0) return;
      if (unwritten.length < left.length) futile = 0;
      left = unwritten;
      const delay = RETRY_DELAYS[futile++];
      if (delay === undefined) throw new Error(`DynamoDB throttled: ${left.length} items of history were not written`);
      await clock.sleep((delay * (1 + Math.random())) / 2);
    }
  }

  async function readRange(
    clientId: string,
    range: Range,
    after: Place | 'end' | undefined,
    limit: number,
  ): Promise<RangePart> {
    if (after === 'end') return { range, records: [], hasMore: false };
    const comparison = after?.taken === undefined ? '<' : '<='; // read an item again if the page before ended inside it
    const { items, last } = await firstPageWithRows<Record<string, unknown>>(undefined, (from) =>
      client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: after
            ? `client_id = :client AND sort_key ${comparison} :end`
            : 'client_id = :client AND begins_with(sort_key, :range)',
          FilterExpression: 'expires_at > :now',
          ExpressionAttributeValues: {
            ':client': clientId,
            ':now': secondsNow(clock),
            ...(after ? { ':end': after.sortKey } : { ':range': `${range}#` }),
          },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey: from,
        }),
      ),
    );
    const inRange = items.filter(({ sort_key: key }) => String(key).startsWith(`${range}#`));
    const records = inRange.flatMap((item) => placedRecords(item, after)).filter(({ record }) => !record.hidden);
    return { range, records, hasMore: last !== undefined && inRange.length === items.length };
  }

  return {
    async append(items) {
      const batches = batchesOf(items).values();
      async function worker() {
        for (const batch of batches) await writeBatch(batch.map(putOf)); // built here, not up front: 500 large items take 64 MB
      }
      // allSettled: if a Lambda function returned during a write, the write would be frozen with it.
      const workers = await Promise.allSettled(Array.from({ length: CONCURRENT_BATCHES }, worker));
      const failed = workers.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },

    async put({ clientId, position, records, call }) {
      const Item = { ...itemOf(clientId, keyOfPosition(position), records), ...(call && attributesOfCall(call)) };
      return conditionally(
        client.send(new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(is_void)' })),
      );
    },

    async void(clientId, position) {
      const Item = { ...itemOf(clientId, keyOfPosition(position), []), is_void: true };
      const isDone = await conditionally(
        client.send(new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(sort_key)' })),
      );
      return isDone || (await itemAt(clientId, position))?.is_void === true; // another run voided it, or our own response was lost
    },

    async get(clientId, position) {
      const item = await itemAt(clientId, position);
      return item && placedItem(clientId, item);
    },

    async after(clientId, { epoch, seq }, maxCharacters): Promise<Stretch> {
      const items: PlacedItem[] = [];
      let characters = 0;
      let from: Record<string, unknown> | undefined;
      do {
        const page = await queryBetween(
          clientId,
          [
            { epoch, seq: seq + 1 },
            { epoch, seq: MAX_SEQ },
          ],
          { Limit: STRETCH_SIZE, ExclusiveStartKey: from },
        );
        for (const row of page.Items ?? []) {
          const item = placedItem(clientId, row);
          characters += item.records.reduce((sum, { direction, size }) => sum + (direction === 'out' ? size : 0), 0);
          if (items.length > 0 && characters > maxCharacters) return { items, hasMore: true };
          items.push(item);
        }
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return { items, hasMore: false };
    },

    async reachesBackTo(clientId, { epoch, seq }) {
      if (clock.now() - epochStart(epoch) < historySeconds * 1_000) return true;
      // The newest item up to this position: later items expire after it.
      const { Items = [] } = await queryBetween(
        clientId,
        [
          { epoch, seq: 0 },
          { epoch, seq },
        ],
        { Limit: 1, ScanIndexForward: false },
      );
      return Items.length > 0;
    },

    async mayHaveLost(_clientId, _position, storedFrom) {
      return storedFrom / 1_000 + historySeconds - secondsNow(clock) < 1; // `expires_at` is rounded down to a second
    },

    async remove(clientId, position) {
      const Key = { client_id: clientId, sort_key: keyOfPosition(position) };
      await client.send(new DeleteCommand({ TableName, Key }));
    },

    async page(clientId, { limit, cursor }) {
      if (clientId === AUDIT) return auditPage(options, { limit, cursor });
      const after = cursor === undefined ? { seq: undefined, cast: undefined } : placesFromCursor(cursor);
      if (!isPartitionKey(clientId)) return { rows: [] };
      const [seq, cast] = await Promise.all([
        readRange(clientId, 'seq', after.seq, limit),
        readRange(clientId, 'cast', after.cast, limit),
      ]);
      return mergedPage(seq, cast, after, limit);
    },
  };
}

/** Merges the two ranges by time, newest first, up to the page limits. */
function mergedPage(seq: RangePart, cast: RangePart, after: Places, limit: number) {
  const rows: HistoryRecord[] = [];
  const places = { ...after };
  let bytes = 0;
  let [nextSeq, nextCast] = [0, 0];
  for (;;) {
    const [one, other] = [seq.records[nextSeq], cast.records[nextCast]];
    // A range with no records left here but more to read may continue with the newest record of all.
    if ((!one && seq.hasMore) || (!other && cast.hasMore)) break;
    const isSeq = one !== undefined && (other === undefined || one.record.timestamp >= other.record.timestamp);
    const chosen = isSeq ? one : other;
    if (!chosen) return { rows };
    if (rows.length === limit || (rows.length > 0 && bytes + chosen.record.size > MAX_HISTORY_PAGE_BYTES)) break;
    rows.push(chosen.record);
    bytes += chosen.record.size;
    places[isSeq ? 'seq' : 'cast'] = chosen.place;
    if (isSeq) nextSeq += 1;
    else nextCast += 1;
  }
  if (nextSeq === seq.records.length && !seq.hasMore) places.seq = 'end';
  if (nextCast === cast.records.length && !cast.hasMore) places.cast = 'end';
  return { rows, cursor: cursorFromPlaces(places) };
}

function batchesOf(items: readonly HistoryItem[]): HistoryItem[][] {
  const batches: HistoryItem[][] = [];
  let characters = 0;
  for (const item of items) {
    const size = item.records.reduce((sum, record) => sum + record.size, 0);
    const current = batches.at(-1);
    if (current && current.length < BATCH_SIZE && characters + size <= BATCH_CHARACTERS) {
      current.push(item);
      characters += size;
    } else {
      batches.push([item]);
      characters = size;
    }
  }
  return batches;
}

/** Records of an item, newest first, without those on the page before. */
function placedRecords(item: Record<string, unknown>, after: Place | undefined): PlacedRecord[] {
  const sortKey = String(item.sort_key);
  const records = recordsOf(item).reverse();
  const placed = records.map((record, index) => {
    const taken = index + 1;
    return { record, place: taken === records.length ? { sortKey } : { sortKey, taken } };
  });
  return sortKey === after?.sortKey ? placed.slice(after.taken) : placed;
}
