/** The queue of replies, on DynamoDB and dynalite, which runs in this process. */
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { describeDynamoReplyQueue } from './dynamodb-reply-queue';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

describeDynamoReplyQueue('on dynalite', () => dynamo.url);
