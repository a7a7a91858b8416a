/** The contracts of all stores, on Amazon's own DynamoDB Local, where it is installed. */
import type { RunningDynamo } from '../support/dynamodb';
import { startDynamoLocal, whyNoDynamoLocal } from '../support/dynamodb-local';
import { describeDynamoAnswers } from './dynamodb-answers';
import { describeDynamoBroadcasts } from './dynamodb-broadcasts';
import { describeDynamoCalls } from './dynamodb-calls';
import { describeDynamoClientTools } from './dynamodb-client-tools';
import { describeDynamoClients } from './dynamodb-clients';
import { describeDynamoGroups } from './dynamodb-groups';
import { describeDynamoHistory } from './dynamodb-history';
import { describeDynamoPresence } from './dynamodb-presence';
import { describeDynamoReplies } from './dynamodb-replies';
import { describeDynamoReplyQueue } from './dynamodb-reply-queue';

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
  });
  afterAll(() => dynamo?.stop());

  describeDynamoClients('on DynamoDB Local', () => dynamo.url);
  describeDynamoHistory('on DynamoDB Local', () => dynamo.url);
  describeDynamoBroadcasts('on DynamoDB Local', () => dynamo.url);
  describeDynamoGroups('on DynamoDB Local', () => dynamo.url);
  describeDynamoPresence('on DynamoDB Local', () => dynamo.url);
  describeDynamoAnswers('on DynamoDB Local', () => dynamo.url);
  describeDynamoCalls('on DynamoDB Local', () => dynamo.url);
  describeDynamoClientTools('on DynamoDB Local', () => dynamo.url);
  describeDynamoReplies('on DynamoDB Local', () => dynamo.url);
  describeDynamoReplyQueue('on DynamoDB Local', () => dynamo.url);
});
