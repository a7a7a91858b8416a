/** Writes for a large group, counted by partition: to the table, to its index, and to the notes of presence. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamoGroups, GROUP_SHARDS, shardOf } from '../../../lambdas/aws/dynamodb-groups';
import { createDynamoPresence } from '../../../lambdas/aws/dynamodb-presence';
import { createFakeClock } from '../../support/fake-clock';

const MEMBERS = 100_000;

/** Four times the rate at which API Gateway accepts connections, per second. */
const JOINS_A_SECOND = 2_000;

interface Command {
  constructor: { name: string };
  input: { Item?: Record<string, string>; Key?: Record<string, string> };
}

test('100,000 clients that join one group, 2,000 a second, cause fewer than 200 writes a second to any partition', async () => {
  const clock = createFakeClock();
  let writes = new Map<string, number>();
  let most = 0;
  let joined = 0;

  function count(partition: string | undefined): void {
    if (partition === undefined) return;
    const times = (writes.get(partition) ?? 0) + 1;
    writes.set(partition, times);
    most = Math.max(most, times);
  }

  async function send({ constructor: { name }, input: { Item, Key } }: Command) {
    if (name === 'QueryCommand') return { Items: [{ sort_key: 'group#all', joined_at: '' }] };
    count((Item ?? Key)?.client_id);
    count(Item?.group_shard && `index of ${Item.group_shard}`);
    if (Item) joined += 1;
    return { Attributes: { members: 1 } };
  }

  const groups = createDynamoGroups({
    client: { send } as unknown as DynamoDBDocumentClient,
    messagesTable: 't',
    clock,
  });
  for (let number = 0; number < MEMBERS; number += JOINS_A_SECOND) {
    writes = new Map();
    const ids = Array.from({ length: JOINS_A_SECOND }, (_, index) => `client-${number + index}`);
    for (const clientId of ids) await groups.join(clientId, ['all']);
    clock.advance(1_000);
  }
  expect(joined).toBe(MEMBERS);
  expect(most).toBeGreaterThan(JOINS_A_SECOND / 16);
  expect(most).toBeLessThan(200);
});

test('100,000 clients are spread evenly over the shards of a group', () => {
  const counts = Array<number>(GROUP_SHARDS).fill(0);
  for (let number = 0; number < 100_000; number++) {
    const shard = shardOf(`client-${number}`);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  expect(Math.max(...counts)).toBeLessThan((100_000 / GROUP_SHARDS) * 1.1);
});

test('presence changes of 2,000 clients a second in one group cause fewer than 200 writes a second to any partition', async () => {
  const clock = createFakeClock();
  let writes = new Map<string, number>();
  let most = 0;
  let begun: number | undefined;

  async function send({ constructor: { name }, input: { Item, Key } }: Command) {
    if (name === 'QueryCommand') return { Count: 1 };
    const partition = String((Item ?? Key)?.client_id);
    const times = (writes.get(partition) ?? 0) + 1;
    writes.set(partition, times);
    most = Math.max(most, times);
    return { Attributes: begun === undefined ? undefined : { since: begun } };
  }

  const client = { send } as unknown as DynamoDBDocumentClient;
  const presence = createDynamoPresence({ client, messagesTable: 't', clock });
  for (let number = 0; number < 10 * JOINS_A_SECOND; number += JOINS_A_SECOND) {
    writes = new Map();
    const ids = Array.from({ length: JOINS_A_SECOND }, (_, index) => `client-${number + index}`);
    for (const clientId of ids) {
      await presence.note('all', clientId, 'member');
      begun ??= clock.now();
    }
    clock.advance(1_000);
    begun = clock.now();
  }
  expect(most).toBeGreaterThan(JOINS_A_SECOND / 16);
  expect(most).toBeLessThan(200);
});
