/**
 * The part of DynamoDB that a broadcast needs, on the virtual clock: it answers the commands of the real stores, counts them, and meters
 * the units that AWS charges.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { clientIdOf, connectionIdOf, numberOf, type Population } from './population';
import { type Duration, drawTime, type Random } from './random';
import { createTokenBucket } from './token-bucket';
import type { VirtualClock } from './virtual-clock';

/** For a call for one item, and for a batch or a page. */
export const ITEM_LATENCY: Duration = { least: 3, mean: 5 };
export const PAGE_LATENCY: Duration = { least: 3, mean: 10 };

const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;

const THROTTLED = 'ProvisionedThroughputExceededException';

type Item = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: each command has an input of its own, and this looks into a few
type Input = any;

export interface DatabaseTally {
  /** By the name of the command. */
  calls: Map<string, number>;
  readUnits: number;
  writeUnits: number;
  /** Messages written to histories. */
  kept: number;
}

export interface Database {
  client: DynamoDBDocumentClient;
  tally: DatabaseTally;
}

/** @param writesASecond  write units that the table of messages accepts per second */
export function createDatabase(
  clock: VirtualClock,
  population: Population,
  random: Random,
  writesASecond: number,
): Database {
  const writes = createTokenBucket(clock, writesASecond, writesASecond / 10);
  const tally: DatabaseTally = { calls: new Map(), readUnits: 0, writeUnits: 0, kept: 0 };
  /** Items of broadcasts; those of histories are metered and discarded. */
  const broadcasts = new Map<string, Item>();
  const startedAt = new Date(clock.now() - 600_000).toISOString();

  function sessionOf(number: number): Item {
    return {
      client_id: clientIdOf(number),
      connection_id: connectionIdOf(number),
      connected_at: startedAt,
      online_id: clientIdOf(number),
      session_ends_at: clock.now() / 1_000 + 3_600,
    };
  }

  function write(item: Item): void {
    tally.writeUnits += unitsOf(item);
  }

  function read(items: readonly Item[], unitsEach: 0.5 | 1): void {
    const bytes = items.reduce((sum, item) => sum + bytesOf(item), 0);
    tally.readUnits += Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * unitsEach;
  }

  function scan({ Segment = 0, TotalSegments = 1, Limit, ExclusiveStartKey }: Input) {
    const numbers = TotalSegments === 1 ? firstOf(population.size, Limit) : population.segment(Segment);
    const start = ExclusiveStartKey ? placeAfter(numbers, numberOf(ExclusiveStartKey.client_id)) : 0;
    const Items: Item[] = [];
    let place = start;
    while (place < numbers.length && Items.length < Limit) {
      const number = numbers[place++] as number;
      if (!population.isRemoved(number)) Items.push(sessionOf(number));
    }
    read(Items, 0.5);
    return {
      Items,
      ...(place < numbers.length && {
        LastEvaluatedKey: { client_id: Items.at(-1)?.client_id, online_id: Items.at(-1)?.client_id },
      }),
    };
  }

  function put({ Item: item, ConditionExpression: condition, ExpressionAttributeValues: values }: Input) {
    const key = `${item.client_id}/${item.sort_key}`;
    const { pages } = broadcasts.get(key) ?? {};
    write(item);
    if (condition && pages !== values[':before']) {
      throw Object.assign(new Error(condition), { name: 'ConditionalCheckFailedException' });
    }
    broadcasts.set(key, item);
    return {};
  }

  function query({ ExpressionAttributeValues: values }: Input) {
    const Items = [...broadcasts.values()].filter((item) => item.client_id === values[':broadcast']);
    read(Items, 1);
    return { Items };
  }

  /** Writes what the table accepts at the moment, and returns the rest. */
  function batchWrite({ RequestItems: requests }: Input) {
    const [table = '', puts = []] = (Object.entries(requests)[0] ?? []) as [string, { PutRequest: { Item: Item } }[]];
    const left = puts.filter(({ PutRequest: { Item: item } }) => {
      if (!writes.take(unitsOf(item))) return true;
      write(item);
      tally.kept += 1;
      return false;
    });
    if (left.length === puts.length) throw Object.assign(new Error(table), { name: THROTTLED });
    return left.length > 0 ? { UnprocessedItems: { [table]: left } } : {};
  }

  /** Takes a client offline: its item is written, and its entry in the index removed. */
  function remove({ Key: key }: Input) {
    write(sessionOf(numberOf(key.client_id)));
    tally.writeUnits += 1;
    population.remove(numberOf(key.client_id));
    return {};
  }

  const handlers = new Map<string, { handle: (input: Input) => object; latency: Duration }>([
    ['ScanCommand', { handle: scan, latency: PAGE_LATENCY }],
    ['BatchWriteCommand', { handle: batchWrite, latency: PAGE_LATENCY }],
    ['QueryCommand', { handle: query, latency: ITEM_LATENCY }],
    ['PutCommand', { handle: put, latency: ITEM_LATENCY }],
    ['UpdateCommand', { handle: remove, latency: ITEM_LATENCY }],
  ]);

  const client = {
    async send(command: { input: Input }) {
      const { name } = command.constructor;
      const known = handlers.get(name);
      if (!known) throw new Error(`the simulated database has no ${name}`);
      tally.calls.set(name, (tally.calls.get(name) ?? 0) + 1);
      await clock.sleep(drawTime(random, known.latency));
      return known.handle(command.input);
    },
  };
  return { client: client as unknown as DynamoDBDocumentClient, tally };
}

/** Where a Scan without segments begins. */
function firstOf(size: number, limit: number): Uint32Array {
  return Uint32Array.from({ length: Math.min(size, limit + 1) }, (_, number) => number);
}

/** Where a segment continues after a key: its numbers increase. */
function placeAfter(numbers: Uint32Array, last: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}

function unitsOf(item: Item): number {
  return Math.ceil(bytesOf(item) / WRITE_UNIT_BYTES);
}

/** As DynamoDB counts: names and texts by their bytes, a number by half its digits plus one. All texts here are ASCII. */
function bytesOf(item: Item): number {
  let bytes = 0;
  for (const name in item) {
    const value = item[name];
    bytes += name.length + (typeof value === 'string' ? value.length : Math.ceil(String(value).length / 2) + 1);
  }
  return bytes;
}
