/** The contract of presence, on the DynamoDB store and dynalite, which runs in this process. */
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { describeDynamoPresence } from './dynamodb-presence';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

describeDynamoPresence('on dynalite', () => dynamo.url);
