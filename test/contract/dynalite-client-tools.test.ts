/** The contract of client tools, on the DynamoDB store and dynalite, which runs in this process. */
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { describeDynamoClientTools } from './dynamodb-client-tools';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

describeDynamoClientTools('on dynalite', () => dynamo.url);
