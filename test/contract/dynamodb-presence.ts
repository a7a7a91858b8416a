/** The contract of presence on DynamoDB. */
import { createDynamoPresence } from '../../lambdas/aws/dynamodb-presence';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { describePresenceStore, MAX_WATCHERS } from './presence-store';

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoPresence(name: string, url: () => string): void {
  describePresenceStore(name, async () => {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    return {
      store: createDynamoPresence({ ...tables, clock, maxWatchers: MAX_WATCHERS }),
      clock,
      close: async () => tables.close(),
    };
  });
}
