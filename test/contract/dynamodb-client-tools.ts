/** The contract of clients' tools on DynamoDB, next to a history that does not see them. */
import { createDynamoClientTools } from '../../lambdas/aws/dynamodb-client-tools';
import { createDynamoHistory } from '../../lambdas/aws/dynamodb-history';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { describeClientToolStore } from './client-tool-store';
import { HISTORY_SECONDS } from './under-test';

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoClientTools(name: string, url: () => string): void {
  async function create() {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    const store = createDynamoClientTools({ ...tables, clock });
    return { store, clock, tables, close: async () => tables.close() };
  }

  describeClientToolStore(name, create);

  test(`tools of clients ${name} are not part of their history`, async () => {
    const { store, clock, tables, close } = await create();
    const history = createDynamoHistory({ ...tables, clock, historySeconds: HISTORY_SECONDS });
    await store.set('a', [{ name: 'open_page' }]);
    const timestamp = new Date(clock.now()).toISOString();
    const record = { direction: 'in', messageId: 'm', type: 'chat_message', data: {}, timestamp, size: 9 } as const;
    for (const seq of [1, 2]) {
      await history.put({ clientId: 'a', position: { epoch: '0mk1f3k2a9f3c', seq }, records: [record] });
    }
    const first = await history.page('a', { limit: 1 });
    const second = await history.page('a', { limit: 1, cursor: first.cursor });
    expect([first.rows, second.rows]).toEqual([[record], [record]]);
    await close();
  });
}
