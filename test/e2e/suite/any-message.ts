/** Messages of any type, sent by the team to one client or to several named clients. */
import { randomUUID } from 'node:crypto';
import type { UnderTest } from './under-test';

const TO_ONE = 'POST /clients/{client_id}/messages';
const TO_MANY = 'POST /messages';

export function anyMessage({ connect, http }: UnderTest): void {
  describe(TO_ONE, () => {
    it('reaches the one client with its own type and data, at a position, and is in the history', async () => {
      const [client, other] = [await connect(), await connect()];
      const path = { client_id: client.clientId };
      const data = { order: 'A-17', parcels: 2, type: 'pong' };
      const { status, body } = await http.call(TO_ONE, { path, body: { message_type: 'order_shipped', data } });
      expect({ status, delivery: body.delivery }).toEqual({ status: 200, delivery: 'posted' });
      const frame = await client.takeId(body.message_id);
      expect(frame).toMatchObject({ type: 'order_shipped', data, epoch: expect.any(String), seq: 1 });
      const { body: history } = await http.call('GET /clients/{client_id}/messages', { path });
      expect(history.messages).toMatchObject([{ type: 'order_shipped', data, direction: 'out' }]);
      await other.expectOpen();
      expect(other.received.filter(({ message_id }) => message_id === body.message_id)).toEqual([]);
    });

    it('sends a chat_message like POST /send_message', async () => {
      const client = await connect();
      const message = { message_type: 'chat_message', data: { content: 'hello' } };
      const { body } = await http.call(TO_ONE, { path: { client_id: client.clientId }, body: message });
      expect((await client.takeId(body.message_id)).data).toEqual({ content: 'hello', from_api: true });
    });

    it('refuses types of the protocol, and names the call to use instead', async () => {
      const client = await connect();
      const path = { client_id: client.clientId };
      for (const type of ['pong', 'connection_closing', 'resumed', 'error', 'tool_call']) {
        const { body } = await http.problem('invalid_request', TO_ONE, { path, body: { message_type: type } });
        expect(body.errors).toEqual([{ path: 'message_type', message: expect.stringContaining(`"${type}"`) }]);
      }
      const { body } = await http.problem('invalid_request', TO_ONE, { path, body: { message_type: 'chat_message' } });
      expect(body.errors).toEqual([{ path: 'data.content', message: expect.stringContaining('expected string') }]);
      await client.expectOpen();
    });

    it('is sent once for each Idempotency-Key', async () => {
      const client = await connect();
      const push = {
        path: { client_id: client.clientId },
        body: { message_type: 'news' },
        headers: { 'idempotency-key': randomUUID() },
      };
      const first = await http.call(TO_ONE, push);
      const second = await http.call(TO_ONE, push);
      expect(second.body).toEqual(first.body);
      await client.takeId(first.body.message_id);
      await client.expectOpen();
      expect(client.received.filter(({ type }) => type === 'news')).toHaveLength(1);
    });

    it('answers 404 for an offline client, unless the message may be held', async () => {
      const path = { client_id: randomUUID() };
      await http.problem('client_not_found', TO_ONE, { path, body: { message_type: 'news' } });
    });
  });

  describe(TO_MANY, () => {
    it('has a result for each client, and an offline client does not affect the others', async () => {
      const clients = [await connect(), await connect()];
      const ids = clients.map(({ clientId }) => clientId);
      const stranger = randomUUID();
      const { status, body } = await http.call(TO_MANY, {
        body: { client_ids: [ids[0], stranger, ids[1], ids[0]], message_type: 'news', data: { number: 1 } },
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({ posted: 2, held: 0, failed: 1 });
      expect(body.results).toMatchObject([
        { client_id: ids[0], status: 'posted' },
        { client_id: stranger, status: 'failed', code: 'client_not_found' },
        { client_id: ids[1], status: 'posted' },
      ]);
      const [first, , second] = body.results;
      expect((await clients[0]?.takeId(first.message_id))?.data).toEqual({ number: 1 });
      expect((await clients[1]?.takeId(second.message_id))?.data).toEqual({ number: 1 });
    });

    it('accepts 500 clients and a large message, and no more', async () => {
      const ids = Array.from({ length: 500 }, () => randomUUID());
      const message = { message_type: 'news', data: { text: 'x'.repeat(125_000) } };
      const { body } = await http.call(TO_MANY, { body: { ...message, client_ids: ids } });
      expect(body).toMatchObject({ posted: 0, failed: 500 });
      const tooMany = { ...message, client_ids: [...ids, randomUUID()] };
      expect((await http.problem('invalid_request', TO_MANY, { body: tooMany })).body.errors[0].path).toBe(
        'client_ids',
      );
      await http.problem('invalid_request', TO_MANY, { body: { ...message, client_ids: [] } });
    });

    it('answers 413 if the message is too large for all of them', async () => {
      const client = await connect();
      const body = { client_ids: [client.clientId], message_type: 'news', data: { text: 'x'.repeat(131_072) } };
      await http.problem('payload_too_large', TO_MANY, { body });
    });

    it('refuses types of the protocol', async () => {
      const body = { client_ids: [randomUUID()], message_type: 'tool_response' };
      await http.problem('invalid_request', TO_MANY, { body });
    });
  });
}
