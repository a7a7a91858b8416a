/** What clients in other languages send, and the server accepts: null for a missing field, `[]` for an empty map, numbers of any size. */
import type { UnderTest } from './under-test';

/** As senders write them; a double cannot hold them. */
const NUMBERS = '{"order_id":9007199254740993,"list":[1e400,-0,0.12345678901234567890],"small":1e-400}';

export function leniency({ connect, http }: UnderTest): void {
  /** A client, and every text that it receives, unchanged. */
  async function connectWithTexts() {
    const client = await connect();
    const texts: string[] = [];
    client.socket.on('message', (data) => texts.push(data.toString()));
    return { client, texts };
  }

  describe('null in an optional field counts as missing', () => {
    it.each([
      ['ping', '{"type":"ping","data":null,"message_id":null,"timestamp":null}', 'pong'],
      ['chat', '{"type":"chat_message","data":{"content":"a","role":null,"stream":null}}', 'chat_response'],
      ['tool call', '{"type":"tool_call","data":{"tool_name":"show","params":null}}', 'tool_response'],
    ])('in a %s', async (_, text, type) => {
      const client = await connect();
      client.sendText(text);
      const answer = await client.takeType(type);
      expect(answer).not.toHaveProperty('reply_to');
    });

    it('in the body of a call', async () => {
      const client = await connect();
      const body = { client_id: client.clientId, tool_name: 'show', params: null };
      expect((await http.call('POST /call_tool', { body })).status).toBe(200);
      expect((await client.takeType('tool_call')).data).toMatchObject({ params: {} });
      const unnamed = await http.call('POST /send_message', { body: { client_id: null, content: 'a' } });
      expect(unnamed).toMatchObject({ status: 400, body: { code: 'client_id_missing' } });
    });
  });

  describe('an empty array, which is how PHP writes an empty map', () => {
    it('counts as an empty object in data and in params', async () => {
      const client = await connect();
      expect(await client.ask({ type: 'ping', data: [] })).toMatchObject({ type: 'pong' });
      const answer = await client.ask({ type: 'tool_call', data: { tool_name: 'show', params: [] } });
      expect(answer.data).toMatchObject({ params: {} });
    });

    it('counts as an empty object in params in the body of POST /call_tool', async () => {
      const client = await connect();
      const body = { client_id: client.clientId, tool_name: 'show', params: [] };
      expect((await http.call('POST /call_tool', { body })).status).toBe(200);
      expect((await client.takeType('tool_call')).data.params).toEqual({});
    });

    it('counts as an empty object in data in the body of POST /broadcast', async () => {
      const client = await connect();
      const body = { message_type: 'news-of-nothing', data: [] };
      expect((await http.call('POST /broadcast', { body })).status).toBe(200);
      expect((await client.takeType('news-of-nothing')).data).toEqual({});
    });
  });

  describe('a numeric message_id', () => {
    it.each(['7', '-1', '9007199254740993'])('%s is treated as its text', async (id) => {
      const client = await connect();
      client.sendText(`{"type":"ping","message_id":${id}}`);
      expect(await client.takeType('pong')).toMatchObject({ reply_to: id });
    });
  });

  describe('a number that a double cannot hold', () => {
    it('comes back digit for digit in the params of a tool call, and in the history', async () => {
      const { client, texts } = await connectWithTexts();
      client.sendText(`{"type":"tool_call","data":{"tool_name":"show","params":${NUMBERS}}}`);
      await client.takeType('tool_response');
      expect(texts.at(-1)).toContain(`"params":${NUMBERS}`);
      const path = { client_id: client.clientId };
      const { text } = await http.call('GET /clients/{client_id}/messages', { path });
      expect(text.split(`"params":${NUMBERS}`)).toHaveLength(3);
    });

    it('is pushed digit for digit', async () => {
      const { client, texts } = await connectWithTexts();
      const id = JSON.stringify(client.clientId);
      const rawBody = `{"client_id":${id},"tool_name":"show","params":${NUMBERS}}`;
      expect((await http.call('POST /call_tool', { body: rawBody })).status).toBe(200);
      await client.takeType('tool_call');
      expect(texts.at(-1)).toContain(`"params":${NUMBERS}`);
    });

    it('is broadcast digit for digit', async () => {
      const { client, texts } = await connectWithTexts();
      await http.call('POST /broadcast', { body: `{"message_type":"news-of-numbers","data":${NUMBERS}}` });
      await client.takeType('news-of-numbers');
      expect(texts.join()).toContain(`"data":${NUMBERS}`);
    });
  });

  describe('0.1 as C and PHP write it, with 17 digits', () => {
    it('is a number in the fields of a message, and reaches the team', async () => {
      const client = await connect();
      const body = { client_id: client.clientId, tool_name: 'show' };
      const { call_id } = (await http.call('POST /call_tool', { body })).body;
      await client.takeType('tool_call');
      const data = `{"call_id":${JSON.stringify(call_id)},"progress":0.10000000000000001,"total":1.1000000000000001}`;
      client.sendText(`{"type":"tool_progress","data":${data}}`);
      await client.ask({ type: 'ping' });
      const call = await http.call('GET /calls/{call_id}', { path: { call_id } });
      expect(call.body.progress).toMatchObject({ progress: 0.1, total: 1.1 });
    });

    it('is a number in the body of a call', async () => {
      const client = await connect();
      const rawBody = `{"client_id":${JSON.stringify(client.clientId)},"content":"a","hold_seconds":60.000000000000001}`;
      expect((await http.call('POST /send_message', { body: rawBody })).status).toBe(200);
    });
  });

  describe('a byte order mark', () => {
    it('is skipped, in a message and in a body', async () => {
      const client = await connect();
      client.sendText('\uFEFF{"type":"ping"}');
      await client.takeType('pong');
      const rawBody = `\uFEFF${JSON.stringify({ client_id: client.clientId, content: 'hello' })}`;
      expect((await http.call('POST /send_message', { body: rawBody })).status).toBe(200);
      await client.takeType('chat_message');
    });
  });

  describe('an error from a client', () => {
    it('is not answered, because errors would never end with a client that echoes', async () => {
      const client = await connect();
      client.sendText('{"type":"error","data":{"error":"no","code":"nothing-known"}}');
      expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
      expect(client.received.map(({ type }) => type)).toEqual(['pong']);
    });
  });
}
