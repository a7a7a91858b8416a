/**
 * Broadcasts above the inline limit on a deployed stack: one task per segment, each an asynchronous invocation of a function with its own
 * role. Most recipients are only rows in the table of sessions, without a connection.
 */
import { randomUUID } from 'node:crypto';
import type { ConformingClient } from './suite/conforming-client';
import { eventually } from './suite/eventually';
import type { UnderTest } from './suite/under-test';
import { openUnreachable } from './unreachable';

/** More than the 500 clients that a call sends to inline. */
const SESSIONS = 600;

export function backgroundBroadcast({ connect, http }: UnderTest): void {
  async function expectSent(sent: { broadcast_id: string; message_id: string }, clients: ConformingClient[]) {
    for (const client of clients) {
      expect(await client.takeId(sent.message_id)).toMatchObject({ type: 'news', data: { of: 'all' } });
    }
    await eventually(async () => {
      const path = { broadcast_id: sent.broadcast_id };
      const { body: progress } = await http.call('GET /broadcasts/{broadcast_id}', { path });
      expect(progress).toMatchObject({ status: 'completed', delivered: clients.length, gone: SESSIONS, failed: 0 });
    });
    const { body: left } = await http.call('GET /status');
    expect(left.connected_clients).toBe(clients.length);
  }

  const news = { message_type: 'news', data: { of: 'all' } };

  describe('POST /broadcast above the inline limit', () => {
    it('goes on in the background until every connected client has it, and removes clients that are gone', async () => {
      const clients = await Promise.all([connect(), connect(), connect()]);
      await openUnreachable(SESSIONS);
      const { status, body } = await http.call('POST /broadcast', { body: news });
      expect(status).toBe(202);
      await expectSent(body, clients);
    });
  });

  describe('POST /groups/{group}/messages above the inline limit', () => {
    it('goes on in the background until every connected member has it, and removes clients that are gone', async () => {
      const group = `crowd:${randomUUID()}`;
      const clients = await Promise.all([connect(), connect()]);
      for (const { clientId: client_id } of clients) {
        await http.call('PUT /groups/{group}/clients/{client_id}', { path: { group, client_id } });
      }
      await openUnreachable(SESSIONS, { group });
      const { status, body } = await http.call('POST /groups/{group}/messages', { path: { group }, body: news });
      expect(status).toBe(202);
      await expectSent(body, clients);
    });
  });
}
