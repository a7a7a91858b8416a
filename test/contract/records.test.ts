/** The contract of small records in memory, on disk, and on dynalite. */
import { createDynamoRecords } from '../../lambdas/aws/dynamodb-records';
import { createMemoryRecords } from '../../local/memory/memory-records';
import { newFolder, openStores, removeFolders } from '../support/data-folder';
import { createTestTables, type RunningDynamo, startDynalite } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { describeRecordStore } from './record-store';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(async () => {
  removeFolders();
  await dynamo.stop();
});

describeRecordStore('in memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryRecords({ clock }), clock, close: async () => {} };
});

test.each(['in memory', 'on disk'])('records %s report each change of their kind', async (where) => {
  const opened = where === 'on disk' ? await openStores(newFolder()) : undefined;
  const store = opened?.records ?? createMemoryRecords({ clock: createFakeClock() });
  let changes = 0;
  store.onChange?.('key', () => {
    changes += 1;
  });
  await store.put('key', { name: 'a', value: {} });
  await store.put('key', { name: 'a', value: {} }, 'free');
  await store.put('revocation', { name: 'a', value: {} });
  expect(changes).toBe(1);
  await store.delete('key', 'a');
  await store.delete('key', 'a');
  expect(changes).toBe(2);
  await opened?.close();
});

describeRecordStore('on disk', async () => {
  const { records: store, clock, close } = await openStores(newFolder());
  return { store, clock, close };
});

describeRecordStore('on dynalite', async () => {
  const tables = await createTestTables(dynamo.url);
  const clock = createFakeClock();
  return { store: createDynamoRecords({ ...tables, clock }), clock, close: async () => tables.close() };
});

test('records on disk survive a restart, and deleted ones do not return', async () => {
  const folder = newFolder();
  const first = await openStores(folder);
  await first.records.put('key', { name: 'a', value: { n: 1 } });
  await first.records.put('key', { name: 'b', value: {} });
  await first.records.delete('key', 'b');
  await first.close();
  const second = await openStores(folder);
  expect(await second.records.list('key')).toEqual([{ name: 'a', value: { n: 1 } }]);
  await second.close();
});
