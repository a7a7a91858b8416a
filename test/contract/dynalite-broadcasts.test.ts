/** The contract of broadcasts, on the DynamoDB store and dynalite, which runs in this process. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamoBroadcasts } from '../../lambdas/broadcasts/dynamodb-broadcasts';
import { createTestTables, type RunningDynamo, startDynalite } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { broadcastOf, describeBroadcastStore } from './broadcast-store';
import { HISTORY_SECONDS } from './under-test';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

async function create() {
  const tables = await createTestTables(dynamo.url);
  const clock = createFakeClock();
  const store = createDynamoBroadcasts({ ...tables, historySeconds: HISTORY_SECONDS, clock });
  return { store, clock, tables, close: async () => tables.close() };
}

describeBroadcastStore('on dynalite', create);

test('a broadcast is forgotten when its time is over, deleted or not', async () => {
  const { store, clock, tables, close } = await create();
  await store.save(broadcastOf('a'));
  const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.messagesTable }));
  expect(Items).toEqual([
    {
      client_id: 'broadcast#a',
      sort_key: 'state',
      broadcast: JSON.stringify(broadcastOf('a')),
      expires_at: clock.now() / 1_000 + HISTORY_SECONDS,
    },
  ]);
  clock.advance(HISTORY_SECONDS * 1_000 - 1);
  expect(await store.get('a')).toBeDefined();
  clock.advance(1);
  expect(await store.get('a')).toBeUndefined();
  await close();
});
