/** Reads up to 100 items, the limit of DynamoDB, in one request, and retries those that it did not process. */
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../ports/runtime';

type Item = Record<string, unknown>;

export interface BatchGet {
  client: DynamoDBDocumentClient;
  table: string;
  keys: Item[];
  isConsistent?: boolean;
  clock: Clock;
}

/** In no order, without those that do not exist. */
export async function batchGet({ client, table, keys, isConsistent = false, clock }: BatchGet): Promise<Item[]> {
  const items: Item[] = [];
  let Keys = keys;
  for (let tries = 0; Keys.length > 0; tries++) {
    if (tries > 0) await clock.sleep(50 * 2 ** Math.min(tries, 5) * (0.5 + Math.random() / 2));
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys, ...(isConsistent && { ConsistentRead: true }) } } }),
    );
    items.push(...(Responses?.[table] ?? []));
    Keys = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return items;
}
