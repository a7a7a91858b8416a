/** What clients send, and how each message is answered. */
import type { UnderTest } from './under-test';

export function webSocketMessages({ connect }: UnderTest): void {
  describe('a connection', () => {
    it('is greeted with connection_established as its first frame', async () => {
      const { established } = await connect();
      expect(established.data).toMatchObject({
        protocol: 1,
        heartbeat_seconds: expect.any(Number),
        max_frame_bytes: expect.any(Number),
        max_message_bytes: 131_072,
      });
      expect(established).not.toHaveProperty('reply_to');
    });

    it('has a unique client_id', async () => {
      const clients = await Promise.all([connect(), connect(), connect()]);
      expect(new Set(clients.map(({ clientId }) => clientId)).size).toBe(3);
    });

    it('receives nothing of what another client says', async () => {
      const [speaker, other] = await Promise.all([connect(), connect()]);
      await speaker.ask({ type: 'chat_message', data: { content: 'between us' } });
      await other.expectOpen();
      expect(JSON.stringify(other.received)).not.toContain('between us');
    });

    it('answers a protocol ping with a pong', async () => {
      const client = await connect();
      const pong = new Promise((resolve) => client.socket.once('pong', resolve));
      client.socket.ping('still there?');
      await pong;
      await client.expectOpen();
    });

    it('closes normally when the client asks for it', async () => {
      const client = await connect();
      client.socket.close(1000);
      expect(await client.closed).toMatchObject({ code: 1000 });
    });
  });

  describe('ping', () => {
    it.each([
      ['without data', {}],
      ['with empty data', { data: {} }],
      ['with unexpected data', { data: { nonce: 7 } }],
    ])('%s is answered with pong', async (_, rest) => {
      const client = await connect();
      expect(await client.ask({ type: 'ping', ...rest })).toMatchObject({ type: 'pong' });
    });
  });

  describe('chat_message', () => {
    it('is answered with processing, then chat_response', async () => {
      const client = await connect();
      const answer = await client.ask({ type: 'chat_message', data: { content: 'hello' }, message_id: 'm1' });
      expect(answer).toMatchObject({
        type: 'chat_response',
        data: { content: 'Echo: hello', status: 'completed', model: 'echo', timestamp: expect.any(String) },
      });
      expect(new Date(answer.data.timestamp).toISOString()).toBe(answer.data.timestamp);
      const answers = client.received.filter(({ reply_to }) => reply_to === 'm1');
      expect(answers.map(({ type }) => type)).toEqual(['processing', 'chat_response']);
    });

    it.each(['', 'user', 'system', 'a custom role'])('may have the role %j', async (role) => {
      const client = await connect();
      const answer = await client.ask({ type: 'chat_message', data: { content: 'hello', role } });
      expect(answer).toMatchObject({ type: 'chat_response', data: { content: 'Echo: hello' } });
    });

    it.each([
      ['nothing', ''],
      ['several languages', 'Grüße, 你好, здравствуйте, שלום'],
      ['characters outside the basic plane', '🙂👩‍👩‍👧 𝄞'],
      ['control characters and quotes', '"\\\n\t\u0000\u001f\u2028'],
    ])('of %s comes back unchanged', async (_, content) => {
      const client = await connect();
      const answer = await client.ask({ type: 'chat_message', data: { content } });
      expect(answer.data.content).toBe(`Echo: ${content}`);
    });

    it('in a burst is answered each time, without loss or duplicates', async () => {
      const client = await connect();
      const ids = Array.from({ length: 20 }, (_, number) => `burst-${number}`);
      for (const id of ids) client.send({ type: 'chat_message', data: { content: id }, message_id: id });
      const answers = await Promise.all(ids.map((id) => client.answerTo(id)));
      expect(answers.map(({ data }) => data.content)).toEqual(ids.map((id) => `Echo: ${id}`));
      await client.expectOpen();
      expect(client.received.filter(({ type }) => type === 'chat_response')).toHaveLength(ids.length);
    });
  });

  describe('tool_call', () => {
    it('of a registered tool is answered with its result', async () => {
      const client = await connect();
      const params = { a: 2, b: 3 };
      const answer = await client.ask({ type: 'tool_call', data: { tool_name: 'add', params } });
      expect(answer).toMatchObject({ type: 'tool_response' });
      expect(answer.data).toEqual({ tool_name: 'add', params, result: 5, status: 'completed' });
    });

    it('may omit params', async () => {
      const client = await connect();
      const answer = await client.ask({ type: 'tool_call', data: { tool_name: 'current_time' } });
      expect(answer.data).toMatchObject({ tool_name: 'current_time', params: {}, status: 'completed' });
    });

    it('whose tool fails is answered with status failed and an error', async () => {
      const client = await connect();
      const params = { a: 'two', b: 3 };
      const answer = await client.ask({ type: 'tool_call', data: { tool_name: 'add', params } });
      expect(answer).toMatchObject({
        type: 'tool_response',
        data: { tool_name: 'add', params, result: null, status: 'failed', error: { code: 'invalid_params' } },
      });
      expect(answer.data.error.message).toMatch(/\ba\b/);
    });

    it.each(['weather', 'constructor', '__proto__', 'toString', '工具'])(
      'of %j, which nobody registered, is simulated, and the answer says so',
      async (name) => {
        const client = await connect();
        const params = { city: 'Paris', nested: { list: [1, null, true] } };
        const answer = await client.ask({ type: 'tool_call', data: { tool_name: name, params } });
        expect(answer).toMatchObject({
          type: 'tool_response',
          data: { tool_name: name, params, status: 'completed', simulated: true },
        });
      },
    );
  });
}
