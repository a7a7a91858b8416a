/** Tool calls in DynamoDB: each is an item of the history. A result is one update; a wait polls the item. */
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { pollUntil } from '../delivery/poll';
import type { CallItem, CallStore } from '../ports/call-store';
import type { Clock } from '../ports/runtime';
import { MAX_CALL_SECONDS } from '../protocol/limits';
import type { Position } from '../protocol/position';
import { placedItem, textOfRecord } from './dynamodb-history-items';
import { keyOfPosition } from './dynamodb-history-keys';
import { isNamed, secondsNow } from './dynamodb-items';

/** False for an item without a deadline, which is not a call. */
const IS_PENDING = 'deadline > :now AND attribute_not_exists(call_status)';

const MAY_WAIT = `${IS_PENDING} AND attribute_exists(answer_by)`;

/** No parentheses: AND binds tighter than OR, see `MAY_BE_CURRENT` in `dynamodb-clients.ts`. */
const GETS_ON = `${IS_PENDING} AND attribute_not_exists(progress_value) OR ${IS_PENDING} AND progress_value < :progress_value`;

export interface DynamoCallsOptions {
  client: DynamoDBDocumentClient;
  messagesTable: string;
  /** Retention of a message, in seconds. */
  historySeconds: number;
  clock: Clock;
}

export function createDynamoCalls(options: DynamoCallsOptions): CallStore {
  const { client, messagesTable: TableName, historySeconds, clock } = options;

  function keyOf(clientId: string, position: Position) {
    return { client_id: clientId, sort_key: keyOfPosition(position) };
  }

  /** Undefined if the item is not a call or has expired. */
  function callItem(clientId: string, found: Record<string, unknown> | undefined): CallItem | undefined {
    if (!found || Number(found.expires_at) <= secondsNow(clock)) return undefined;
    const item = placedItem(clientId, found);
    return item.call && (item as CallItem);
  }

  async function get(clientId: string, position: Position): Promise<CallItem | undefined> {
    const Key = keyOf(clientId, position);
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return callItem(clientId, Item);
  }

  /**
   * @param set  values by attribute
   * @returns the updated item; undefined if the condition failed
   */
  function change(clientId: string, position: Position, set: Record<string, unknown>, condition: string) {
    const names = Object.keys(set);
    const expression = `SET ${names.map((name) => `${name} = :${name}`).join(', ')}`;
    return update(
      clientId,
      position,
      expression,
      condition,
      names.map((name) => [`:${name}`, set[name]]),
    );
  }

  async function update(
    clientId: string,
    position: Position,
    expression: string,
    condition: string,
    values: readonly [string, unknown][] = [],
  ) {
    const update = new UpdateCommand({
      TableName,
      Key: keyOf(clientId, position),
      UpdateExpression: expression,
      ConditionExpression: condition,
      ExpressionAttributeValues: { ':now': clock.now(), ...Object.fromEntries(values) },
      ReturnValues: 'ALL_NEW',
    });
    try {
      return (await client.send(update)).Attributes;
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) return undefined;
      throw error;
    }
  }

  return {
    lifetimeSeconds: Math.min(historySeconds, MAX_CALL_SECONDS),

    get,

    async end(clientId, position, { status, by }, response) {
      const set = { call_status: status, ended_by: by, ...(response && { call_response: textOfRecord(response) }) };
      const ended = await change(clientId, position, set, IS_PENDING);
      return ended ? callItem(clientId, ended) : get(clientId, position);
    },

    async hold(clientId, position, until) {
      await change(clientId, position, { deadline: until }, `${MAY_WAIT} AND deadline > :deadline`);
    },

    async handOver(clientId, position) {
      const changed = await update(clientId, position, 'SET deadline = answer_by REMOVE answer_by', MAY_WAIT);
      return changed ? callItem(clientId, changed) : get(clientId, position);
    },

    async setProgress(clientId, position, progress) {
      const set = { progress: JSON.stringify(progress), progress_value: progress.progress };
      const changed = await change(clientId, position, set, GETS_ON);
      return changed !== undefined || (await get(clientId, position)) !== undefined;
    },

    async waitForEnd(clientId, position, until, isNew) {
      let item: CallItem | undefined;
      async function look(): Promise<boolean> {
        item = await get(clientId, position);
        return !item || item.call.end !== undefined || item.call.deadline <= clock.now();
      }
      await pollUntil(clock, until, look, isNew);
      return item ?? get(clientId, position);
    },
  };
}
