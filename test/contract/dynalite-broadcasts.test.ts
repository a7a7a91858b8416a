/** The contract of broadcasts, on the DynamoDB store and dynalite, which runs in this process. */
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { describeDynamoBroadcasts } from './dynamodb-broadcasts';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

describeDynamoBroadcasts('on dynalite', () => dynamo.url);
