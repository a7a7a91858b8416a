/** The contract of sessions, on the DynamoDB store and dynalite, which runs in this process. */
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { describeDynamoSessions } from './dynamodb-sessions';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

describeDynamoSessions('on dynalite', () => dynamo.url);
