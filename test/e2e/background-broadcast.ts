/**
 * A broadcast to more than a call sends to itself, on a deployed stack: a task a segment, each an asynchronous invocation of a
 * function with a role of its own. Most of its clients are entries in the table of sessions, whose connections never were.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { systemClock as clock, isoTime } from '../../lambdas/runtime';
import { createDynamoSessions } from '../../lambdas/sessions/dynamodb-sessions';
import { eventually } from './suite/eventually';
import type { UnderTest } from './suite/under-test';

/** More than the 500 that a call sends to itself. */
const SESSIONS = 600;

/** Writes sessions of clients that nobody can reach. */
async function openUnreachable(count: number): Promise<void> {
  const dynamo = new DynamoDBClient({});
  try {
    const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
    const sessionsTable = TableNames.find((name) => name.includes('Sessions')) ?? 'no table of sessions';
    const client = DynamoDBDocumentClient.from(dynamo);
    const sessions = createDynamoSessions({ client, clock, sessionsTable, messagesTable: '', historySeconds: 60 });
    const now = isoTime(clock.now());
    const open = () => {
      const ids = { clientId: randomUUID(), connectionId: 'neverwas' };
      return sessions.open({ ...ids, connectedAt: now, lastActivity: now, messageCount: 0 });
    };
    await Promise.all(Array.from({ length: count }, open));
  } finally {
    dynamo.destroy();
  }
}

export function backgroundBroadcast({ connect, http }: UnderTest): void {
  describe('POST /broadcast to more clients than it sends to itself', () => {
    it('goes on in the background until everybody who is there has it, and those who are gone are removed', async () => {
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
    }, 60_000);
  });
}
