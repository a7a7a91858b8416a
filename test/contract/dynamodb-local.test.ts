/** The contracts of sessions and of broadcasts, on the DynamoDB stores and Amazon's own DynamoDB Local, where that is there. */
import type { RunningDynamo } from '../support/dynamodb';
import { startDynamoLocal, whyNoDynamoLocal } from '../support/dynamodb-local';
import { describeDynamoBroadcasts } from './dynamodb-broadcasts';
import { describeDynamoSessions } from './dynamodb-sessions';

const missing = whyNoDynamoLocal();

if (missing !== undefined) process.stderr.write(`SKIPPED: the contract on DynamoDB Local: ${missing}.\n`);

if (missing !== undefined && process.env.REQUIRE_DYNAMODB_LOCAL === '1') {
  test('DynamoDB Local is here, as REQUIRE_DYNAMODB_LOCAL says', () => {
    throw new Error(missing);
  });
}

(missing === undefined ? describe : describe.skip)('DynamoDB Local', () => {
  let dynamo: RunningDynamo;
  beforeAll(async () => {
    dynamo = await startDynamoLocal();
  }, 60_000);
  afterAll(() => dynamo?.stop());

  describeDynamoSessions('on DynamoDB Local', () => dynamo.url);
  describeDynamoBroadcasts('on DynamoDB Local', () => dynamo.url);
});
