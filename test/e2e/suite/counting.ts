/** How messages are counted, and when a client was last active. */
import type { ConformingClient } from './conforming-client';
import { eventually } from './eventually';
import type { UnderTest } from './under-test';

export function counting({ connect, http }: UnderTest): void {
  async function rowOf({ clientId }: ConformingClient) {
    const { status, body } = await http.call('GET /clients/{client_id}', { path: { client_id: clientId } });
    expect(status).toBe(200);
    return body;
  }

  describe('message_count', () => {
    it('counts every JSON object with a string type, including pings and errors', async () => {
      const client = await connect();
      await client.ask({ type: 'ping' });
      await client.ask({ type: 'chat_message', data: { content: 'hello' } });
      await client.ask({ type: 'tool_call', data: { tool_name: 'add', params: { a: 1, b: 2 } } });
      await client.ask({ type: 'nonsense' });
      await client.ask({ type: 'chat_message', data: { content: 5 } });
      await eventually(async () => expect((await rowOf(client)).message_count).toBe(5));
    });

    it('does not count JSON without a string type, or anything that is not a JSON object', async () => {
      const client = await connect();
      for (const text of ['not JSON', '[]', '"ping"', '{}', '{"type": 1}', '{"data": {}}']) await client.askError(text);
      await client.ask({ type: 'ping' });
      await eventually(async () => expect((await rowOf(client)).message_count).toBe(1));
    });

    it('does not count messages of the server', async () => {
      const client = await connect();
      const push = { client_id: client.clientId, content: 'hello' };
      const { body } = await http.call('POST /send_message', { body: push });
      await client.takeId(body.message_id);
      await client.ask({ type: 'ping' });
      await eventually(async () => expect((await rowOf(client)).message_count).toBe(1));
    });

    it('counts simultaneous messages', async () => {
      const client = await connect();
      const ids = Array.from({ length: 25 }, (_, number) => `ping-${number}`);
      for (const message_id of ids) client.send({ type: 'ping', message_id });
      await Promise.all(ids.map((id) => client.answerTo(id)));
      await eventually(async () => expect((await rowOf(client)).message_count).toBe(ids.length));
    });

    it('counts only that client’s messages', async () => {
      const [client, other] = await Promise.all([connect(), connect()]);
      await client.ask({ type: 'ping' });
      await other.ask({ type: 'ping' });
      await other.ask({ type: 'ping' });
      await eventually(async () => expect((await rowOf(client)).message_count).toBe(1));
      await eventually(async () => expect((await rowOf(other)).message_count).toBe(2));
    });
  });

  describe('last_activity', () => {
    it.each([
      ['a ping', { type: 'ping' }],
      ['a message', { type: 'chat_message', data: { content: 'hello' } }],
      ['a message of an unknown type', { type: 'nonsense' }],
    ])('changes with %s, while connected_at stays', async (_, message) => {
      const client = await connect();
      const before = await eventually(() => rowOf(client));
      await eventually(async () => {
        await client.ask(message); // repeated in each attempt: the first may fall in the same millisecond as the connect
        const after = await rowOf(client);
        expect(after.last_activity > before.last_activity).toBe(true);
        expect(after.connected_at).toBe(before.connected_at);
      });
    });
  });
}
