/** The contracts of all stores on Amazon's own DynamoDB Local, if it is installed. */
import type { RunningDynamo } from '../support/dynamodb';
import { startDynamoLocal, whyNoDynamoLocal } from '../support/dynamodb-local';
import { describeDynamoStores } from './dynamodb-stores';

const missing = whyNoDynamoLocal();

if (missing !== undefined) process.stderr.write(`SKIPPED: the contract on DynamoDB Local: ${missing}.\n`);

if (missing !== undefined && process.env.REQUIRE_DYNAMODB_LOCAL === '1') {
  test('DynamoDB Local is installed if REQUIRE_DYNAMODB_LOCAL is set', () => {
    throw new Error(missing);
  });
}

(missing === undefined ? describe : describe.skip)('DynamoDB Local', () => {
  let dynamo: RunningDynamo;
  beforeAll(async () => {
    dynamo = await startDynamoLocal();
  });
  afterAll(() => dynamo?.stop());

  describeDynamoStores('on DynamoDB Local', () => dynamo.url);
});
