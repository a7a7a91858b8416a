/**
 * Answers to calls with an `Idempotency-Key`, in DynamoDB: one item per key in the messages table, in a partition with a key that no
 * client can have. A call with a key costs two writes; a repeat costs a refused write and a read.
 */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ANSWER_SECONDS, type AnswerStore, DIED_AFTER, type EarlierCall, type KeyedCall } from '../ports/answer-store';
import type { Clock } from '../ports/runtime';
import { conditionally, expiresAt, secondsNow } from './dynamodb-items';

/** No parentheses: AND binds tighter than OR, see `MAY_BE_CURRENT` in `dynamodb-clients.ts`. */
const IS_FREE =
  'attribute_not_exists(sort_key) OR expires_at <= :now OR ' +
  'attribute_not_exists(answer) AND fingerprint = :fingerprint AND claimed_at <= :died';

/** A key may expire between a refused write and the read after it. */
const TRIES = 3;

export interface DynamoAnswersOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  clock: Clock;
}

export function createDynamoAnswers({ client, messagesTable: TableName, clock }: DynamoAnswersOptions): AnswerStore {
  function itemOf({ key, fingerprint, run }: KeyedCall, expires_at: number) {
    return { ...keyOf(key), fingerprint, run, claimed_at: clock.now(), expires_at };
  }

  /** Replaces the item that this run claimed. */
  async function replace(call: KeyedCall, Item: Record<string, unknown>): Promise<void> {
    await conditionally(
      client.send(
        new PutCommand({
          TableName,
          Item,
          ConditionExpression: '#run = :run',
          ExpressionAttributeNames: { '#run': 'run' },
          ExpressionAttributeValues: { ':run': call.run },
        }),
      ),
    );
  }

  /** The item of a key; undefined if there is none, or it has expired. */
  async function held(key: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(key), ConsistentRead: true }));
    return Item && Item.expires_at > secondsNow(clock) ? Item : undefined;
  }

  return {
    async claim(call) {
      for (let tries = 0; tries < TRIES; tries++) {
        const now = clock.now();
        const claim = new PutCommand({
          TableName,
          Item: itemOf(call, expiresAt(clock, ANSWER_SECONDS)),
          ConditionExpression: IS_FREE,
          ExpressionAttributeValues: {
            ':now': secondsNow(clock),
            ':fingerprint': call.fingerprint,
            ':died': now - DIED_AFTER,
          },
        });
        if (await conditionally(client.send(claim))) return undefined;
        const item = await held(call.key);
        if (!item) continue;
        // The SDK retries after a lost response, so the claim found may be our own.
        return item.run === call.run ? undefined : earlierFrom(item);
      }
      throw new Error('a key could not be claimed');
    },

    async find(key) {
      const item = await held(key);
      return item && earlierFrom(item);
    },

    async keep(call, answer) {
      await replace(call, { ...itemOf(call, expiresAt(clock, ANSWER_SECONDS)), answer });
    },

    /** Writes an expired item, which counts as none, so that the function needs no permission to delete. */
    async release(call) {
      await replace(call, itemOf(call, secondsNow(clock)));
    },
  };
}

function earlierFrom({ fingerprint, answer }: Record<string, unknown>): EarlierCall {
  return { fingerprint, answer } as EarlierCall;
}

function keyOf(key: string) {
  return { client_id: `answer#${key}`, sort_key: 'answer' };
}
