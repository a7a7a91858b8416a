/**
 * The cost of the index of online clients, as measured by Amazon's DynamoDB Local; dynalite does not count the index. Skipped without
 * DynamoDB Local, like the contracts that run on it.
 */
import { type AwsRecorder, startAwsRecorder } from '../support/aws-recorder';
import type { RunningDynamo } from '../support/dynamodb';
import { startDynamoLocal, whyNoDynamoLocal } from '../support/dynamodb-local';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

const missing = whyNoDynamoLocal();

if (missing !== undefined) process.stderr.write(`SKIPPED: capacity of the index on DynamoDB Local: ${missing}.\n`);

if (missing !== undefined && process.env.REQUIRE_DYNAMODB_LOCAL === '1') {
  it('DynamoDB Local is installed if REQUIRE_DYNAMODB_LOCAL is set', () => {
    throw new Error(missing);
  });
}

(missing === undefined ? describe : describe.skip)(
  'capacity units of the table of clients, including its index',
  () => {
    let dynamo: RunningDynamo;
    let recorder: AwsRecorder;
    let server: TestServer;
    let client: TestClient;

    beforeAll(async () => {
      dynamo = await startDynamoLocal();
      recorder = await startAwsRecorder(dynamo.url);
      // With a rate, a few random messages cause one more write.
      server = await startTestServer({ DYNAMODB_ENDPOINT: recorder.dynamoUrl, CLIENT_RATE: '0' }, { wire: true });
    });

    afterAll(async () => {
      await server?.stop();
      await recorder?.stop();
      await dynamo?.stop();
    });

    /** Units of each update of a client since the last call. */
    function unitsTaken(): number[] {
      const updates = recorder.take().filter(({ action }) => action === 'dynamodb:UpdateItem');
      return updates.map(({ resource, units }) => {
        expect(resource).toBe('switchboard-clients');
        return units;
      });
    }

    async function isLogged(event: string): Promise<void> {
      while (!server.log.some((entry) => entry.event === event && entry.fields?.client_id === client.clientId)) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    beforeEach(async () => {
      client = await TestClient.connect(server.webSocketUrl);
    });

    it('are two if a client connects or leaves: one for the item, one for its entry in the index', async () => {
      expect(unitsTaken()).toEqual([2]);
      await client.close();
      await isLogged('disconnected');
      expect(unitsTaken()).toEqual([2]);
    });

    it.each([
      ['a ping', () => client.ask({ type: 'ping' })],
      ['a chat message', () => client.ask({ type: 'chat_message', data: { content: 'hello' } })],
      [
        'a push',
        () => call('POST', `${server.httpUrl}/send_message`, { client_id: client.clientId, content: 'hello' }),
      ],
    ])('are one for %s, which does not write the index', async (_, act) => {
      unitsTaken();
      await act();
      expect(unitsTaken()).toEqual([1]);
      await client.close();
    });
  },
);
