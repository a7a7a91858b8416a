/** The contract of answers, on the DynamoDB store and dynalite, which runs in this process. */
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { describeDynamoAnswers } from './dynamodb-answers';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

describeDynamoAnswers('on dynalite', () => dynamo.url);
