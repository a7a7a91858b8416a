/** What a caller may rely on: calls that are safe to retry, pushes that wait, and acknowledgements. */
import { randomUUID } from 'node:crypto';
import { comingBack } from './coming-back';
import type { ConformingClient } from './conforming-client';
import { eventually } from './eventually';
import type { UnderTest } from './under-test';

const PUSHES = ['POST /send_message', 'POST /call_tool'] as const;

export function guarantees(underTest: UnderTest): void {
  const { connect, http } = underTest;
  const { connectAgain, leave } = comingBack(underTest);

  const pushTo = ({ clientId }: ConformingClient, more: object = {}) => ({
    client_id: clientId,
    content: 'hello',
    tool_name: 'show',
    ...more,
  });

  describe('POST /send_message with Prefer: wait', () => {
    const key = 'POST /send_message';

    it('is acknowledged when the client acknowledges it with any frame', async () => {
      const client = await connect();
      const answer = http.call(key, { body: pushTo(client), headers: { prefer: 'wait=20' } });
      const { seq } = await client.takeType('chat_message');
      client.send({ type: 'ping', ack: seq });
      const { status, body, headers } = await answer;
      expect({ status, delivery: body.delivery }).toEqual({ status: 200, delivery: 'acknowledged' });
      expect(headers.get('preference-applied')).toBe('wait=20');
    });

    it('is posted if the client does not acknowledge it in time', async () => {
      const client = await connect();
      const { status, body, headers } = await http.call(key, { body: pushTo(client), headers: { prefer: 'wait=1' } });
      expect({ status, delivery: body.delivery }).toEqual({ status: 200, delivery: 'posted' });
      expect(headers.get('preference-applied')).toBe('wait=1');
    });
  });

  describe.each(PUSHES)('%s', (key) => {
    it('returns posted, without waiting', async () => {
      const client = await connect();
      const { body, headers } = await http.call(key, { body: pushTo(client) });
      expect(body.delivery).toBe('posted');
      expect(headers.get('preference-applied')).toBeNull();
    });

    it('with hold_seconds waits for an offline client, and arrives with its next resume', async () => {
      const client = await connect();
      const { epoch, seq, broadcast } = client.established.data;
      await leave(client);
      const { status, body } = await http.call(key, { body: pushTo(client, { hold_seconds: 60 }) });
      expect({ status, delivery: body.delivery }).toEqual({ status: 202, delivery: 'held' });

      const again = await connectAgain(client);
      const resumed = await again.ask({ type: 'resume', data: { epoch, seq, broadcast } });
      expect(resumed).toMatchObject({ type: 'resumed', data: { recovered: true } });
      const ids = resumed.data.frames.map(({ message_id }: { message_id: string }) => message_id);
      expect(ids).toContain(body.message_id);
    });

    it('with hold_seconds arrives at once at a connected client', async () => {
      const client = await connect();
      const { status, body } = await http.call(key, { body: pushTo(client, { hold_seconds: 60 }) });
      expect({ status, delivery: body.delivery }).toEqual({ status: 200, delivery: 'posted' });
      await client.takeId(body.message_id);
    });

    it('with hold_seconds does not find an unknown client', async () => {
      const body = { client_id: randomUUID(), content: 'hello', tool_name: 'show', hold_seconds: 60 };
      await http.problem('client_not_found', key, { body });
    });

    it.each([0, -1, 86_401, 1.5, '60', true])('refuses hold_seconds of %j', async (hold_seconds) => {
      const client = await connect();
      const { body } = await http.problem('invalid_request', key, { body: pushTo(client, { hold_seconds }) });
      expect(body.errors).toMatchObject([{ path: 'hold_seconds' }]);
    });
  });

  describe('a POST with an Idempotency-Key', () => {
    it.each([...PUSHES, 'POST /broadcast'] as const)(
      '%s reaches the client once, however often it is repeated',
      async (key) => {
        const client = await connect();
        const body = { ...pushTo(client), message_type: 'news' };
        const headers = { 'idempotency-key': randomUUID() };
        const first = await http.call(key, { body, headers });
        const again = await http.call(key, { body, headers });
        expect(again.text).toBe(first.text);
        expect(again.status).toBe(first.status);
        expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
        await client.takeId(first.body.message_id);
        await client.expectOpen();
        expect(client.received.filter(({ message_id }) => message_id === first.body.message_id)).toHaveLength(1);
      },
    );

    it('POST /tokens gives the same token again', async () => {
      const headers = { 'idempotency-key': randomUUID() };
      const first = await http.call('POST /tokens', { body: {}, headers });
      const again = await http.call('POST /tokens', { body: {}, headers });
      expect({ status: again.status, text: again.text }).toEqual({ status: first.status, text: first.text });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    });

    it('is refused if the key belongs to another call', async () => {
      const client = await connect();
      const headers = { 'idempotency-key': randomUUID() };
      await http.call('POST /send_message', { body: pushTo(client), headers });
      const other = pushTo(client, { content: 'another' });
      await http.problem('idempotency_key_reused', 'POST /send_message', { body: other, headers });
      await http.problem('idempotency_key_reused', 'POST /call_tool', { body: pushTo(client), headers });
    });

    it('is told to wait while the first call runs, and then gets its answer', async () => {
      const client = await connect();
      const parts = { body: pushTo(client), headers: { 'idempotency-key': randomUUID(), prefer: 'wait=20' } };
      const first = http.call('POST /send_message', parts);
      const { seq } = await client.takeType('chat_message');
      const { headers } = await http.problem('in_progress', 'POST /send_message', parts);
      expect(headers.get('retry-after')).toBe('1');
      client.send({ type: 'ping', ack: seq });
      const { text } = await first;
      await eventually(async () => {
        expect((await http.call('POST /send_message', parts)).text).toBe(text);
      });
    });

    it.each(['two words', 'x'.repeat(129)])('is refused if the key is %j', async (key) => {
      const client = await connect();
      const parts = { body: pushTo(client), headers: { 'idempotency-key': key } };
      const { body } = await http.problem('invalid_request', 'POST /send_message', parts);
      expect(body.errors).toMatchObject([{ path: 'Idempotency-Key' }]);
    });
  });

  describe('GET /clients/{client_id}', () => {
    it('shows the client’s position, and the position it has acknowledged', async () => {
      const client = await connect();
      const path = { client_id: client.clientId };
      const begun = client.established.data.seq;
      for (let count = 0; count < 2; count += 1) await http.call('POST /send_message', { body: pushTo(client) });
      client.send({ type: 'ping', ack: begun + 1 });
      await eventually(async () => {
        const { body } = await http.call('GET /clients/{client_id}', { path });
        expect(body).toMatchObject({ last_seq: begun + 2, acked_seq: begun + 1 });
      });
    });

    it('ignores an acknowledgement of something never sent', async () => {
      const client = await connect();
      const { body: pushed } = await http.call('POST /send_message', { body: pushTo(client) });
      const { seq } = await client.takeId(pushed.message_id);
      client.send({ type: 'ping', ack: 1_000_000 });
      await eventually(async () => {
        const { body } = await http.call('GET /clients/{client_id}', { path: { client_id: client.clientId } });
        expect(body).toMatchObject({ last_seq: seq, acked_seq: seq });
      });
      await http.call('POST /send_message', { body: pushTo(client) });
      await client.ask({ type: 'ping', ack: 0 });
      const { body } = await http.call('GET /clients/{client_id}', { path: { client_id: client.clientId } });
      expect(body).toMatchObject({ last_seq: (seq ?? 0) + 1, acked_seq: seq });
    });
  });
}
