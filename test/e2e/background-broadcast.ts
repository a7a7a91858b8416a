/**
 * A broadcast above the inline limit on a deployed stack: one task per segment, each an asynchronous invocation of a function with its own
 * role. Most recipients are only rows in the table of sessions, without a connection.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamoClients } from '../../lambdas/aws/dynamodb-clients';
import { systemClock as clock, isoTime } from '../../lambdas/ports/runtime';
import { eventually } from './suite/eventually';
import type { UnderTest } from './suite/under-test';

/** More than the 500 clients that a call sends to inline. */
const SESSIONS = 600;

/** Writes sessions of clients that cannot be reached. */
async function openUnreachable(count: number): Promise<void> {
  const dynamo = new DynamoDBClient({});
  try {
    const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
    const clientsTable = TableNames.find((name) => name.includes('Clients')) ?? 'no table of clients';
    const client = DynamoDBDocumentClient.from(dynamo);
    const clients = createDynamoClients({ client, clock, clientsTable, historySeconds: 60 });
    const connectedAt = isoTime(clock.now() - 600_000); // old enough for a 410 to be believed
    const open = () => clients.connect({ clientId: randomUUID(), connectionId: 'neverwas', connectedAt, labels: [] });
    await Promise.all(Array.from({ length: count }, open));
  } finally {
    dynamo.destroy();
  }
}

export function backgroundBroadcast({ connect, http }: UnderTest): void {
  describe('POST /broadcast above the inline limit', () => {
    it('goes on in the background until every connected client has it, and removes clients that are gone', async () => {
      const clients = await Promise.all([connect(), connect(), connect()]);
      await openUnreachable(SESSIONS);

      const { status, body } = await http.call('POST /broadcast', {
        body: { message_type: 'news', data: { of: 'all' } },
      });
      expect(status).toBe(202);
      for (const client of clients) {
        expect(await client.takeId(body.message_id)).toMatchObject({ type: 'news', data: { of: 'all' } });
      }
      await eventually(async () => {
        const path = { broadcast_id: body.broadcast_id };
        const { body: progress } = await http.call('GET /broadcasts/{broadcast_id}', { path });
        expect(progress).toMatchObject({ status: 'completed', delivered: clients.length, gone: SESSIONS, failed: 0 });
      });
      const { body: left } = await http.call('GET /status');
      expect(left.connected_clients).toBe(clients.length);
    });
  });
}
