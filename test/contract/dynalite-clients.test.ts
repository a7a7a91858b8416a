/** The contracts of clients and of history, on the DynamoDB stores and dynalite, which runs in this process. */
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { describeDynamoClients } from './dynamodb-clients';
import { describeDynamoHistory } from './dynamodb-history';

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());

describeDynamoClients('on dynalite', () => dynamo.url);
describeDynamoHistory('on dynalite', () => dynamo.url);
