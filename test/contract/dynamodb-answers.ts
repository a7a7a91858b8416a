/** The contract of answers on DynamoDB, and what is specific to DynamoDB: the cost of a call, raw items, lost responses. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamoAnswers } from '../../lambdas/aws/dynamodb-answers';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { loseNextAnswer } from '../support/lose-answer';
import { describeAnswerStore, keyedCall } from './answer-store';

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoAnswers(name: string, url: () => string): void {
  async function create() {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    const store = createDynamoAnswers({ ...tables, clock });
    return { store, clock, tables, close: async () => tables.close() };
  }

  describeAnswerStore(name, create);

  describe(`items of answers ${name}`, () => {
    test('an answer is one item in its own partition, which expires after a day', async () => {
      const { store, clock, tables, close } = await create();
      await store.claim(keyedCall());
      await store.keep(keyedCall(), 'done');
      const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.messagesTable }));
      const key = { client_id: 'answer#order-1', sort_key: 'answer' };
      const call = { fingerprint: 'hash-1', run: 'run-1', claimed_at: clock.now() };
      expect(Items).toEqual([{ ...key, ...call, answer: 'done', expires_at: clock.now() / 1_000 + 86_400 }]);
      await close();
    });

    test('a first call takes two writes, a repeat a refused write and a read', async () => {
      const { store, tables, close } = await create();
      const commands: string[] = [];
      tables.client.middlewareStack.add(
        (next, context) => async (args) => {
          commands.push(String(context.commandName));
          return next(args);
        },
        { step: 'finalizeRequest' },
      );
      await store.claim(keyedCall());
      await store.keep(keyedCall(), 'done');
      expect(commands.splice(0)).toEqual(['PutItemCommand', 'PutItemCommand']);
      await store.claim(keyedCall({ run: 'run-2' }));
      expect(commands).toEqual(['PutItemCommand', 'GetItemCommand']);
      await close();
    });

    test('a claim whose response is lost is repeated by the SDK, and belongs to this run', async () => {
      const { store, tables, close } = await create();
      loseNextAnswer(tables.client);
      expect(await store.claim(keyedCall())).toBeUndefined();
      expect(await store.claim(keyedCall({ run: 'run-2' }))).toEqual({ fingerprint: 'hash-1', answer: undefined });
      await close();
    });
  });
}
