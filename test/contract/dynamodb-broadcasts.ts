/** The contract of broadcasts on DynamoDB, and what is specific to DynamoDB: the cost of a call, raw items, lost responses. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamoBroadcasts } from '../../lambdas/aws/dynamodb-broadcasts';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { loseNextAnswer } from '../support/lose-answer';
import { broadcastOf, describeBroadcastStore, progressOf } from './broadcast-store';
import { HISTORY_SECONDS } from './under-test';

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoBroadcasts(name: string, url: () => string): void {
  async function create(historySeconds = HISTORY_SECONDS) {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    const store = createDynamoBroadcasts({ ...tables, historySeconds, clock });
    return { store, clock, tables, close: async () => tables.close() };
  }

  describeBroadcastStore(name, () => create());

  describe(`items of broadcasts ${name}`, () => {
    test('a broadcast is one item, and each segment’s progress is another', async () => {
      const { store, clock, tables, close } = await create();
      await store.save(broadcastOf('a'));
      await store.checkpoint('a', 2, progressOf(1));
      const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.messagesTable }));
      const { text, ...broadcast } = broadcastOf('a');
      const end = { expires_at: clock.now() / 1_000 + HISTORY_SECONDS };
      expect(Items).toEqual([
        { client_id: 'broadcast#a', sort_key: 'broadcast', broadcast: JSON.stringify(broadcast), text, ...end },
        {
          client_id: 'broadcast#a',
          sort_key: 'segment#2',
          pages: 1,
          run: 'run-1',
          progress: JSON.stringify(progressOf(1)),
          ...end,
        },
      ]);
      await close();
    });

    test.each([
      ['as long as the history', 7_200, 7_200],
      ['an hour at least, because its tasks need it', 1, 3_600],
    ])('a broadcast is kept %s, deleted or not', async (_, historySeconds, known) => {
      const { store, clock, close } = await create(historySeconds);
      await store.save(broadcastOf('a'));
      clock.advance(known * 1_000 - 1);
      expect(await store.get('a')).toBeDefined();
      clock.advance(1);
      expect(await store.get('a')).toBeUndefined();
      await close();
    });

    test('each call of the store is one call of DynamoDB', async () => {
      const { store, tables, close } = await create();
      const commands: string[] = [];
      tables.client.middlewareStack.add(
        (next, context) => async (args) => {
          commands.push(String(context.commandName));
          return next(args);
        },
        { step: 'finalizeRequest' },
      );
      await store.save(broadcastOf('a'));
      await store.checkpoint('a', 0, progressOf(1));
      await store.get('a');
      expect(commands).toEqual(['PutItemCommand', 'PutItemCommand', 'QueryCommand']);
      await close();
    });

    test('a checkpoint whose response is lost is repeated by the SDK, and belongs to this run', async () => {
      const { store, tables, close } = await create();
      await store.save(broadcastOf('a'));
      const answers = loseNextAnswer(tables.client);
      expect(await store.checkpoint('a', 0, progressOf(1))).toBe(true);
      expect(answers()).toBe(2);
      await close();
    });
  });
}
