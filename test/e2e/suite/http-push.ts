/** What callers are told about a push, a broadcast, and a disconnected client. */
import { eventually } from './eventually';
import type { UnderTest } from './under-test';

export function httpPush({ connect, http }: UnderTest): void {
  describe('a push to a client', () => {
    it('says in words who received it', async () => {
      const client = await connect();
      const { body } = await http.call('POST /send_message', {
        body: { client_id: client.clientId, content: 'hello' },
      });
      expect(body.message).toContain(client.clientId);
    });

    it('has a new message_id each time', async () => {
      const client = await connect();
      const push = { body: { client_id: client.clientId, content: 'the same' } };
      const [first, second] = [
        await http.call('POST /send_message', push),
        await http.call('POST /send_message', push),
      ];
      expect(first.body.message_id).not.toBe(second.body.message_id);
    });

    it('ignores unknown fields', async () => {
      const client = await connect();
      const { status } = await http.call('POST /send_message', {
        body: { client_id: client.clientId, content: 'hello', urgent: true },
      });
      expect(status).toBe(200);
    });

    it('may have the media type of another JSON client, or a wrong one', async () => {
      const client = await connect();
      const push = JSON.stringify({ client_id: client.clientId, content: 'hello' });
      for (const type of ['application/json; charset=utf-8', 'text/plain']) {
        const { status } = await http.send('POST', '/send_message', push, { 'content-type': type });
        expect(status).toBe(200);
      }
    });
  });

  describe('a client that was cut off', () => {
    it.each(['POST /send_message', 'POST /call_tool'] as const)('is not found, or found gone, by %s', async (key) => {
      const client = await connect();
      client.socket.terminate();
      await client.closed;
      const body = { client_id: client.clientId, content: 'too late', tool_name: 'show' };
      await eventually(async () => {
        const { status } = await http.call(key, { body });
        expect([404, 409]).toContain(status);
      });
      await eventually(() => http.problem('client_not_found', key, { body }));
    });
  });

  describe('POST /broadcast', () => {
    it('counts its recipients, and GET /broadcasts shows the same', async () => {
      const clients = await Promise.all([connect(), connect()]);
      const started = await http.call('POST /broadcast', { body: { message_type: 'news', data: { number: 1 } } });
      await Promise.all(clients.map((client) => client.takeId(started.body.message_id)));

      const path = { broadcast_id: started.body.broadcast_id };
      const state = await eventually(async () => {
        const { status, body } = await http.call('GET /broadcasts/{broadcast_id}', { path });
        expect({ status, state: body.status }).toEqual({ status: 200, state: 'completed' });
        return body;
      });
      expect(state).toMatchObject({ broadcast_id: started.body.broadcast_id });
      expect(state.delivered).toBeGreaterThanOrEqual(clients.length);
      expect(state.delivered + state.gone + state.failed).toBe(state.recipients);
      expect(state.finished_at >= state.started_at).toBe(true);
      if (started.status === 200) {
        const { recipients, delivered, gone } = started.body;
        expect(state).toMatchObject({ recipients, delivered, gone });
      }
    });
  });

  describe('DELETE /clients/{client_id}', () => {
    it('answers 204, and closes that connection and no other', async () => {
      const [client, other] = await Promise.all([connect(), connect()]);
      const path = { client_id: client.clientId };
      const { status } = await http.call('DELETE /clients/{client_id}', { path });
      expect(status).toBe(204);
      await client.closed;
      await eventually(() => http.problem('client_not_found', 'GET /clients/{client_id}', { path }));
      await eventually(() => http.problem('client_not_found', 'DELETE /clients/{client_id}', { path }));
      await other.expectOpen();
    });
  });
}
