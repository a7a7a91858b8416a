/** The contracts of all stores on MiniStack, if it can be installed. */
import { describeDynamoStores } from '../contract/dynamodb-stores';
import type { RunningDynamo } from '../support/dynamodb';
import { startMiniStack, whyNoMiniStack } from '../support/ministack';

const missing = process.env.REQUIRE_REHEARSAL === '1' ? undefined : whyNoMiniStack();

if (missing !== undefined) process.stderr.write(`SKIPPED: the contract on MiniStack: ${missing}.\n`);

(missing === undefined ? describe : describe.skip)('MiniStack', () => {
  let dynamo: RunningDynamo;
  beforeAll(async () => {
    dynamo = await startMiniStack();
  });
  afterAll(() => dynamo?.stop());

  describeDynamoStores('on MiniStack', () => dynamo.url);
});
