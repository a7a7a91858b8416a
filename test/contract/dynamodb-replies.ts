/** The contract of replies on DynamoDB, and what is specific to DynamoDB: the cost of a reply. */
import { createDynamoReplies } from '../../lambdas/aws/dynamodb-replies';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { recordCommands } from '../support/record-commands';
import { describeReplyStore } from './reply-store';

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoReplies(name: string, url: () => string): void {
  async function create() {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    return { store: createDynamoReplies({ ...tables, clock }), clock, tables, close: async () => tables.close() };
  }

  describeReplyStore(name, create);

  test(`replies ${name}: a run, a poll and a cancel are one call each`, async () => {
    const { store, tables, close } = await create();
    const commands = recordCommands(tables.client);
    const question = { clientId: 'a', messageId: 'm-1' };
    await store.begin(question, 'r-1');
    await store.get(question);
    await store.cancel(question);
    expect(commands).toEqual(['UpdateItemCommand', 'GetItemCommand', 'UpdateItemCommand']);
    await close();
  });
}
