/**
 * Replies in progress, in DynamoDB. Each question has one item in the messages table, in a partition whose key no client can have. A
 * reply costs one write when it begins, and one small read each time its task checks for a cancel.
 */
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { REPLY_SECONDS, type ReplyKey, type ReplyState, type ReplyStore } from '../ports/reply-store';
import type { Clock } from '../ports/runtime';
import { conditionally, expiresAt, isNamed, secondsNow } from './dynamodb-items';

interface ReplyItem {
  reply_id?: string;
  run?: number;
  cancelled_at?: number;
  /** Seconds since 1970. */
  expires_at: number;
}

const IS_OTHER = 'attribute_not_exists(reply_id) OR reply_id <> :reply';

export interface DynamoRepliesOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  clock: Clock;
}

export function createDynamoReplies({ client, messagesTable: TableName, clock }: DynamoRepliesOptions): ReplyStore {
  function update(key: ReplyKey, expression: string, values: Record<string, unknown>, condition?: string) {
    return client.send(
      new UpdateCommand({
        TableName,
        Key: keyOf(key),
        UpdateExpression: `SET expires_at = :expires, ${expression}`,
        ...(condition && { ConditionExpression: condition }),
        ...(expression.includes('#run') && { ExpressionAttributeNames: { '#run': 'run' } }),
        ExpressionAttributeValues: { ':expires': expiresAt(clock, REPLY_SECONDS), ...values },
        ReturnValues: 'ALL_NEW',
      }),
    );
  }

  function stateFrom(item: Record<string, unknown> | undefined): ReplyState | undefined {
    const { reply_id: replyId, run = 0, cancelled_at: cancelledAt, expires_at } = (item ?? {}) as Partial<ReplyItem>;
    return expires_at !== undefined && expires_at > secondsNow(clock) ? { replyId, run, cancelledAt } : undefined;
  }

  return {
    async wait(key, replyId) {
      await conditionally(update(key, 'reply_id = :reply, #run = :zero', { ':reply': replyId, ':zero': 0 }, IS_OTHER));
    },

    async begin(key, replyId) {
      const first = { ':reply': replyId, ':one': 1 };
      try {
        const { Attributes } = await update(key, 'reply_id = :reply, #run = :one', first, IS_OTHER);
        return stateFrom(Attributes) as ReplyState;
      } catch (error) {
        if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
      }
      const { Attributes } = await update(key, 'reply_id = :reply, #run = #run + :one', first);
      return stateFrom(Attributes) as ReplyState;
    },

    async get(key) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(key) }));
      return stateFrom(Item);
    },

    async cancel(key) {
      await update(key, 'cancelled_at = :now', { ':now': clock.now() });
    },
  };
}

/** JSON, because it escapes lone surrogates: an id with one is not a valid key. */
function keyOf({ clientId, messageId }: ReplyKey) {
  return { client_id: `reply#${clientId}`, sort_key: JSON.stringify(messageId) };
}
