/**
 * Sessions in DynamoDB: one item a client that is connected, and the history beside it.
 * A call that DynamoDB throttles is tried again by the SDK, as often as the client's `maxAttempts` says.
 */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { SESSION_TTL_SECONDS } from '../protocol/limits';
import { createDynamoHistory, type DynamoHistoryOptions } from './dynamodb-history';
import {
  cursorFromKey,
  expiresAt,
  firstPageWithRows,
  isNamed,
  isPartitionKey,
  keyFromCursor,
  secondsNow,
} from './dynamodb-items';
import type { Segment, Session, SessionStore } from './session-store';

/** Segments that a count scans at the same time. */
const COUNT_SEGMENTS = 4;

/** A living session that still is on the connection that asks. */
const ON_THIS_CONNECTION = 'connection_id = :connection AND expires_at > :now';

export interface DynamoSessionsOptions extends DynamoHistoryOptions {
  client: DynamoDBDocumentClient;
  sessionsTable: string;
}

interface SessionItem {
  client_id: string;
  connection_id: string;
  connected_at: string;
  last_activity: string;
  message_count: number;
  /** Seconds since 1970. */
  expires_at: number;
}

export function createDynamoSessions(options: DynamoSessionsOptions): SessionStore {
  const { client, sessionsTable: TableName, clock } = options;

  /** True where the write was done; false where its condition did not hold. */
  async function conditionally(write: Promise<unknown>): Promise<boolean> {
    try {
      await write;
      return true;
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) return false;
      throw error;
    }
  }

  async function countSegment(segment: Segment): Promise<number> {
    let count = 0;
    let from: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({ TableName, ...living(), ...shareOf(segment), Select: 'COUNT', ExclusiveStartKey: from }),
      );
      count += page.Count ?? 0;
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return count;
  }

  function living() {
    return { FilterExpression: 'expires_at > :now', ExpressionAttributeValues: { ':now': secondsNow(clock) } };
  }

  return {
    ...createDynamoHistory(options),

    async open(session) {
      const item = itemFromSession(session, expiresAt(clock, SESSION_TTL_SECONDS));
      const { Attributes } = await client.send(new PutCommand({ TableName, Item: item, ReturnValues: 'ALL_OLD' }));
      const replaced = Attributes as SessionItem | undefined;
      // The SDK writes again where an answer was lost: then it is this session that it has replaced.
      if (!replaced || replaced.connection_id === session.connectionId) return undefined;
      return replaced.expires_at > secondsNow(clock) ? replaced.connection_id : undefined;
    },

    async close(clientId, connectionId) {
      return conditionally(
        client.send(
          new DeleteCommand({
            TableName,
            Key: { client_id: clientId },
            ConditionExpression: ON_THIS_CONNECTION,
            ExpressionAttributeValues: { ':connection': connectionId, ':now': secondsNow(clock) },
          }),
        ),
      );
    },

    async get(clientId) {
      if (!isPartitionKey(clientId)) return undefined;
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: { client_id: clientId }, ConsistentRead: true }),
      );
      const item = Item as SessionItem | undefined;
      return item && item.expires_at > secondsNow(clock) ? sessionFromItem(item) : undefined;
    },

    async touch(clientId, connectionId, at) {
      return conditionally(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { client_id: clientId },
            UpdateExpression: 'ADD message_count :one SET last_activity = :at',
            ConditionExpression: ON_THIS_CONNECTION,
            ExpressionAttributeValues: {
              ':one': 1,
              ':at': at,
              ':connection': connectionId,
              ':now': secondsNow(clock),
            },
          }),
        ),
      );
    },

    async list({ limit, cursor }, segment) {
      const start = cursor === undefined ? undefined : { client_id: keyFromCursor(cursor) };
      const { items, last } = await firstPageWithRows<Record<string, unknown>>(start, (from) =>
        client.send(
          new ScanCommand({ TableName, ...living(), ...shareOf(segment), Limit: limit, ExclusiveStartKey: from }),
        ),
      );
      const rows = items.map((item) => sessionFromItem(item as unknown as SessionItem));
      return { rows, ...(last && { cursor: cursorFromKey(String(last.client_id)) }) };
    },

    async count() {
      const segments = Array.from({ length: COUNT_SEGMENTS }, (_, index) => ({ index, total: COUNT_SEGMENTS }));
      const counts = await Promise.all(segments.map(countSegment));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

function shareOf(segment: Segment | undefined) {
  return segment && { Segment: segment.index, TotalSegments: segment.total };
}

function itemFromSession(session: Session, end: number): SessionItem {
  return {
    client_id: session.clientId,
    connection_id: session.connectionId,
    connected_at: session.connectedAt,
    last_activity: session.lastActivity,
    message_count: session.messageCount,
    expires_at: end,
  };
}

function sessionFromItem(item: SessionItem): Session {
  return {
    clientId: item.client_id,
    connectionId: item.connection_id,
    connectedAt: item.connected_at,
    lastActivity: item.last_activity,
    messageCount: item.message_count,
  };
}
