/** The fields of every message: what a client may put there, and what the server does. */
import type { UnderTest } from './under-test';

/** Written out instead of using the server's constant: clients rely on the number. */
const MAX_MESSAGE_ID_LENGTH = 128;

export function envelope({ connect, http }: UnderTest): void {
  describe('an answer', () => {
    it.each([
      ['one character', '1'],
      ['the maximum of characters', 'm'.repeat(MAX_MESSAGE_ID_LENGTH)],
      ['any characters', 'é "quoted" 你好 🙂'],
    ])('has the message’s message_id in reply_to, if it is %s', async (_, id) => {
      const client = await connect();
      client.send({ type: 'chat_message', data: { content: 'hello' }, message_id: id });
      expect(await client.takeType('processing')).toMatchObject({ reply_to: id });
      expect(await client.takeType('chat_response')).toMatchObject({ reply_to: id });
    });

    it('has no reply_to if the message had no message_id', async () => {
      const client = await connect();
      client.send({ type: 'chat_message', data: { content: 'hello' } });
      expect(await client.takeType('processing')).not.toHaveProperty('reply_to');
      expect(await client.takeType('chat_response')).not.toHaveProperty('reply_to');
      expect(await client.askError('{"type": "nonsense"}')).not.toHaveProperty('reply_to');
    });

    it('has reply_to even if it is an error', async () => {
      const client = await connect();
      expect(await client.ask({ type: 'nonsense', message_id: 'm1' })).toMatchObject({ type: 'error', reply_to: 'm1' });
    });
  });

  describe('a message_id of the server', () => {
    it('is unique, whatever the client used as its own', async () => {
      const client = await connect();
      for (let times = 0; times < 3; times += 1) {
        await client.ask({ type: 'chat_message', data: { content: 'hello' }, message_id: 'the same' });
      }
      const ids = [client.established, ...client.received].map(({ message_id }) => message_id);
      expect(ids.length).toBeGreaterThanOrEqual(7);
      expect(new Set(ids).size).toBe(ids.length);
    });
  });

  describe('a message_id of a client', () => {
    it.each([
      ['empty', ''],
      ['too long', 'm'.repeat(MAX_MESSAGE_ID_LENGTH + 1)],
      ['a fraction', 7.5],
      ['an object', {}],
    ])('that is %s is refused, and not echoed', async (_, message_id) => {
      const client = await connect();
      const error = await client.askError(JSON.stringify({ type: 'ping', message_id }));
      expect(error.data.code).toBe('invalid_message');
      expect(error.data.details).toMatchObject([{ path: 'message_id' }]);
      expect(error).not.toHaveProperty('reply_to');
    });
  });

  describe('a timestamp of a client', () => {
    it.each(['2024-01-01T00:00:00Z', 'yesterday', '', 1_704_067_200_000, null, {}, [1]])(
      'is ignored: %j',
      async (timestamp) => {
        const client = await connect();
        expect(await client.ask({ type: 'ping', timestamp })).toMatchObject({ type: 'pong' });
      },
    );

    it('is not trusted', async () => {
      const client = await connect();
      const timestamp = '1999-12-31T23:59:59.999Z';
      await client.ask({ type: 'chat_message', data: { content: 'hello' }, timestamp });
      const { body } = await http.call('GET /clients/{client_id}', { path: { client_id: client.clientId } });
      expect(body.last_activity > timestamp).toBe(true);
      expect(client.received.filter((frame) => frame.timestamp === timestamp)).toEqual([]);
    });
  });

  describe('unknown fields', () => {
    it('are ignored, in the message and in its data', async () => {
      const client = await connect();
      const data = { content: 'hello', mood: 'good', from_api: true };
      const answer = await client.ask({ type: 'chat_message', data, version: 9, reply_to: 'other' });
      expect(answer).toMatchObject({ type: 'chat_response', data: { content: 'Echo: hello' } });
    });
  });
}
