/** The contract of groups on DynamoDB, next to a history that does not see them. */
import { createDynamoGroups } from '../../lambdas/aws/dynamodb-groups';
import { createDynamoHistory } from '../../lambdas/aws/dynamodb-history';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { loseNextAnswer } from '../support/lose-answer';
import { describeGroupStore } from './group-store';
import { HISTORY_SECONDS } from './under-test';

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoGroups(name: string, url: () => string): void {
  async function create() {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    return { store: createDynamoGroups({ ...tables, clock }), clock, tables, close: async () => tables.close() };
  }

  describeGroupStore(name, create);

  describe(`the count of a group ${name}`, () => {
    const changes = ['join', 'leave'] as const;
    test.each(changes.flatMap((change) => [0, 1, 2].map((skipped) => [change, skipped] as const)))(
      'is exact after a %s of which response %d was lost',
      async (change, skipped) => {
        const { store, tables, close } = await create();
        await store.join('a', ['g']);
        if (change === 'leave') await store.join('b', ['g']);
        const answers = loseNextAnswer(tables.client, skipped);
        if (change === 'join') expect(await store.join('b', ['g'])).toEqual([]);
        else expect(await store.leave('b', 'g')).toBe(true);
        expect(answers()).toBeGreaterThan(skipped);
        expect(await store.count('g')).toBe(change === 'join' ? 2 : 1);
        await close();
      },
    );
  });

  test(`memberships ${name} are not part of the client's history`, async () => {
    const { store, clock, tables, close } = await create();
    await store.join('a', ['g', 'h']);
    const history = createDynamoHistory({ ...tables, clock, historySeconds: HISTORY_SECONDS });
    expect(await history.page('a', { limit: 10 })).toEqual({ rows: [] });
    await close();
  });
}
