/**
 * The replies of each client that run and wait, in DynamoDB. They share a partition of the messages table with `dynamodb-replies.ts`: one
 * item counts the slots taken, and each task that waits is an item. A reply costs two writes and a query.
 */
import { randomUUID } from 'node:crypto';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type ReplyQueue, type ReplyTask, WAITING_SECONDS } from '../ports/reply-queue';
import { REPLY_SECONDS } from '../ports/reply-store';
import type { Clock } from '../ports/runtime';
import { conditionally, expiresAt, secondsNow } from './dynamodb-items';

/** Prefix of the attributes that are slots. Their values are when the slot ends, in seconds since 1970, should its reply never leave. */
const SLOT = 'slot#';

/** Prefix of the sort keys of waiting tasks. */
const WAITING = 'waiting#';

export interface DynamoReplyQueueOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  clock: Clock;
}

export function createDynamoReplyQueue({
  client,
  messagesTable: TableName,
  clock,
}: DynamoReplyQueueOptions): ReplyQueue {
  /** @returns false if the client has no free slot */
  async function takeSlot({ clientId, replyId }: ReplyTask, maxPerClient: number): Promise<boolean> {
    const slot = SLOT + replyId;
    const take = new UpdateCommand({
      TableName,
      Key: slotsOf(clientId),
      UpdateExpression: 'SET #slot = :ends, expires_at = :ends ADD taken :one',
      ConditionExpression: 'attribute_not_exists(#slot) AND (attribute_not_exists(taken) OR taken < :max)',
      ExpressionAttributeNames: { '#slot': slot },
      ExpressionAttributeValues: { ':ends': expiresAt(clock, REPLY_SECONDS), ':one': 1, ':max': maxPerClient },
    });
    while (!(await conditionally(client.send(take)))) {
      const { Item = {} } = await client.send(
        new GetCommand({ TableName, Key: slotsOf(clientId), ConsistentRead: true }),
      );
      if (Object.hasOwn(Item, slot)) return true;
      const hasEnded = ([name, ends]: [string, unknown]) => name.startsWith(SLOT) && Number(ends) <= secondsNow(clock);
      const [ended] = Object.entries(Item).find(hasEnded) ?? [];
      if (ended === undefined && Number(Item.taken ?? 0) >= maxPerClient) return false;
      if (ended !== undefined) await freeSlot(clientId, ended);
    }
    return true;
  }

  async function freeSlot(clientId: string, slot: string): Promise<void> {
    await conditionally(
      client.send(
        new UpdateCommand({
          TableName,
          Key: slotsOf(clientId),
          UpdateExpression: 'REMOVE #slot ADD taken :minusOne',
          ConditionExpression: 'attribute_exists(#slot)',
          ExpressionAttributeNames: { '#slot': slot },
          ExpressionAttributeValues: { ':minusOne': -1 },
        }),
      ),
    );
  }

  /**
   * Finds the longest waiting task, and claims it for the reply that leaves: of several that leave at once, each gets another. A reply that
   * leaves again, because its process died, gets the same.
   */
  async function claimNext(
    clientId: string,
    leaver: string,
  ): Promise<{ task: ReplyTask; version: string } | undefined> {
    let from: Record<string, unknown> | undefined;
    do {
      const { Items: [item] = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'client_id = :client AND begins_with(sort_key, :waiting)',
          ExpressionAttributeValues: { ':client': partitionOf(clientId), ':waiting': WAITING },
          ConsistentRead: true,
          Limit: 1,
          ExclusiveStartKey: from,
        }),
      );
      if (item && (await claim(item, leaver))) return { task: JSON.parse(item.task), version: item.version };
      from = LastEvaluatedKey;
    } while (from !== undefined);
    return undefined;
  }

  async function claim({ client_id, sort_key, version }: Record<string, unknown>, leaver: string): Promise<boolean> {
    return conditionally(
      client.send(
        new UpdateCommand({
          TableName,
          Key: { client_id, sort_key },
          UpdateExpression: 'SET claimed_by = :leaver',
          ConditionExpression: 'version = :version AND (attribute_not_exists(claimed_by) OR claimed_by = :leaver)',
          ExpressionAttributeValues: { ':version': version, ':leaver': leaver },
        }),
      ),
    );
  }

  return {
    async enter(task, maxPerClient) {
      if (await takeSlot(task, maxPerClient)) return true;
      const waiting = { ...waitingOf(task), task: JSON.stringify(task), version: randomUUID() };
      const expires_at = expiresAt(clock, 2 * WAITING_SECONDS); // later than it may wait: its client has to be told
      await client.send(new PutCommand({ TableName, Item: { ...waiting, expires_at } }));
      if (!(await takeSlot(task, maxPerClient))) return false; // the last reply may have left before the task was stored
      return conditionally(
        client.send(
          new DeleteCommand({
            TableName,
            Key: waitingOf(task),
            ConditionExpression: 'attribute_exists(version) AND attribute_not_exists(claimed_by)', // otherwise another run has the slot
          }),
        ),
      );
    },

    async leave({ clientId, replyId }, start) {
      await freeSlot(clientId, SLOT + replyId);
      const next = await claimNext(clientId, replyId);
      if (!next) return;
      await start(next.task);
      await conditionally(
        client.send(
          new DeleteCommand({
            TableName,
            Key: waitingOf(next.task),
            ConditionExpression: 'version = :version', // it may have found no slot and be waiting again
            ExpressionAttributeValues: { ':version': next.version },
          }),
        ),
      );
    },
  };
}

/** The partition of `dynamodb-replies.ts`, whose sort keys begin with a quotation mark. */
function partitionOf(clientId: string): string {
  return `reply#${clientId}`;
}

function slotsOf(clientId: string) {
  return { client_id: partitionOf(clientId), sort_key: 'slots' };
}

function waitingOf({ clientId, replyId, at }: ReplyTask) {
  return { client_id: partitionOf(clientId), sort_key: `${WAITING}${at}#${replyId}` };
}
