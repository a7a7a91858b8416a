/** Lists and counts online clients: scans of the sparse index, and batch reads. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type ClientAudience, type ClientStore, EVERYBODY, type Segment } from '../ports/client-store';
import type { PageRequest } from '../ports/page';
import { batchGet } from './dynamodb-batch-get';
import {
  type ClientItem,
  clientFromItem,
  connectionFromItem,
  isOnline,
  type OnlineItem,
} from './dynamodb-client-items';
import { cursorFromKey, firstPageWithRows, keyFromCursor, secondsNow } from './dynamodb-items';
import { createOwnedClients, type OwnedClientsOptions } from './dynamodb-owned';
import { ONLINE_INDEX } from './tables';

/** Segments that a count scans in parallel. */
const COUNT_SEGMENTS = 4;

/** The largest page of a scan; DynamoDB also ends a page at 1 MB. */
const MAX_PAGE = 10_000;

/** How much larger each further page is while no item passes the filter: a label can be rare. */
const GROWTH = 4;

/** Items per BatchGetItem; DynamoDB's limit. */
const BATCH_SIZE = 100;

export type ClientLists = Pick<ClientStore, 'getMany' | 'list' | 'count' | 'countLabels'>;

export function createClientLists(options: OwnedClientsOptions): ClientLists {
  const { client, clientsTable: TableName, clock } = options;
  const index = { TableName, IndexName: ONLINE_INDEX };
  const owned = createOwnedClients(options);

  /** Scan filter for the online clients of an audience. */
  function living(audience: ClientAudience) {
    const now = { ':now': secondsNow(clock) };
    if (audience.kind !== 'label') {
      return { FilterExpression: 'session_ends_at > :now', ExpressionAttributeValues: now };
    }
    return {
      FilterExpression: 'session_ends_at > :now AND contains(labels, :label)',
      ExpressionAttributeValues: { ...now, ':label': audience.label },
    };
  }

  async function countSegment(segment: Segment, audience: ClientAudience): Promise<number> {
    let count = 0;
    let from: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({
          ...index,
          ...living(audience),
          ...shareOf(segment),
          Select: 'COUNT',
          ExclusiveStartKey: from,
        }),
      );
      count += page.Count ?? 0;
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return count;
  }

  function getBatch(clientIds: readonly string[]): Promise<Record<string, unknown>[]> {
    const keys = clientIds.map((id) => ({ client_id: id }));
    return batchGet({ client, table: TableName, keys, clock });
  }

  async function list(audience: ClientAudience, { limit, cursor }: PageRequest, segment?: Segment) {
    if (audience.kind === 'owner') {
      const page = await owned.list(audience.label, limit, cursor, segment);
      const rows = page.items.map((item) => connectionFromItem(item as unknown as OnlineItem));
      return { rows, ...(page.cursor !== undefined && { cursor: page.cursor }) };
    }
    const key = cursor === undefined ? undefined : keyFromCursor(cursor);
    const start = key === undefined ? undefined : { client_id: key, online_id: key };
    let size = limit;
    const { items, last } = await firstPageWithRows<Record<string, unknown>>(start, (from) => {
      const page = { Limit: size, ExclusiveStartKey: from };
      size = Math.min(size * GROWTH, MAX_PAGE);
      return client.send(new ScanCommand({ ...index, ...living(audience), ...shareOf(segment), ...page }));
    });
    const rows = items.slice(0, limit).map((item) => connectionFromItem(item as unknown as OnlineItem));
    const end = items.length > limit ? rows.at(-1)?.clientId : last?.client_id;
    return { rows, ...(end !== undefined && { cursor: cursorFromKey(String(end)) }) };
  }

  return {
    async getMany(clientIds) {
      const batches: Promise<Record<string, unknown>[]>[] = [];
      for (let from = 0; from < clientIds.length; from += BATCH_SIZE) {
        batches.push(getBatch(clientIds.slice(from, from + BATCH_SIZE)));
      }
      const items = (await Promise.all(batches))
        .flat()
        .filter((item) => isOnline(item, clock)) as unknown as ClientItem[];
      const byId = new Map(items.map((item) => [item.client_id, clientFromItem(item)]));
      return clientIds.flatMap((id) => byId.get(id) ?? []);
    },

    list,

    async count(audience = EVERYBODY) {
      if (audience.kind === 'owner') return owned.count(audience.label);
      const segments = Array.from({ length: COUNT_SEGMENTS }, (_, number) => ({
        index: number,
        total: COUNT_SEGMENTS,
      }));
      const counts = await Promise.all(segments.map((segment) => countSegment(segment, audience)));
      return counts.reduce((sum, count) => sum + count, 0);
    },

    async countLabels(audience = EVERYBODY) {
      const counts = new Map<string, number>();
      let cursor: string | undefined;
      do {
        const page = await list(audience, { limit: MAX_PAGE, cursor });
        for (const one of page.rows.flatMap(({ labels }) => labels)) counts.set(one, (counts.get(one) ?? 0) + 1);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return counts;
    },
  };
}

function shareOf(segment: Segment | undefined) {
  return segment && { Segment: segment.index, TotalSegments: segment.total };
}
