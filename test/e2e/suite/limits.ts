/** The limits of one message: 128 KiB in both directions, counted in bytes, and text only. */
import type { UnderTest } from './under-test';

/** Written out instead of using the server's constant: clients rely on the number. */
const MAX_MESSAGE_BYTES = 131_072;

/** A message of exactly this many bytes, filled up with `filler`. */
function textOf(type: string, bytes: number, filler = 'x'): string {
  const [head, tail] = [`{"type":"${type}","message_id":"large","data":{"content":"`, '"}}'];
  const room = bytes - head.length - tail.length;
  const fillers = Math.floor(room / Buffer.byteLength(filler));
  return `${head}${filler.repeat(fillers)}${'x'.repeat(room - fillers * Buffer.byteLength(filler))}${tail}`;
}

export function limits({ connect, http }: UnderTest): void {
  describe.each([
    ['one byte', 'x'],
    ['three bytes', '你'],
    ['four bytes', '🙂'],
  ])('a message of characters of %s', (_, filler) => {
    it('is accepted up to the limit', async () => {
      const client = await connect();
      const text = textOf('ping', MAX_MESSAGE_BYTES, filler);
      expect(Buffer.byteLength(text)).toBe(MAX_MESSAGE_BYTES);
      client.sendText(text);
      expect(await client.answerTo('large')).toMatchObject({ type: 'pong' });
    });

    it('closes its own connection with 1009 above the limit, and no other', async () => {
      const [client, other] = await Promise.all([connect(), connect()]);
      client.sendText(textOf('ping', MAX_MESSAGE_BYTES + 1, filler));
      expect(await client.closed).toMatchObject({ code: 1009 });
      await other.expectOpen();
      await (await connect()).expectOpen();
    });
  });

  describe('a binary message', () => {
    it('closes its own connection with 1003, and no other', async () => {
      const [client, other] = await Promise.all([connect(), connect()]);
      client.socket.send(Buffer.from('{"type": "ping"}'), { binary: true });
      expect(await client.closed).toMatchObject({ code: 1003 });
      await other.expectOpen();
      await (await connect()).expectOpen();
    });
  });

  describe('an answer', () => {
    it('may be as large as a client’s message', async () => {
      const client = await connect();
      const content = '你'.repeat(40_000);
      const answer = await client.ask({ type: 'chat_message', data: { content } });
      expect(answer.data.content).toBe(`Echo: ${content}`);
    });

    it('above the limit becomes payload_too_large, and the connection stays open', async () => {
      const client = await connect();
      client.sendText(textOf('chat_message', MAX_MESSAGE_BYTES));
      expect(await client.answerTo('large')).toMatchObject({ type: 'error', data: { code: 'payload_too_large' } });
      await client.expectOpen();
    });
  });

  describe('a push', () => {
    it('is delivered up to the limit, and refused with 413 above it', async () => {
      const client = await connect();
      const push = (content: string) => ({ body: { client_id: client.clientId, content } });
      const small = await http.call('POST /send_message', push('你'));
      const frame = await client.takeId(small.body.message_id);
      const room = MAX_MESSAGE_BYTES - Buffer.byteLength(JSON.stringify(frame));
      const largest = `你${'x'.repeat(room)}`;

      const { status, body } = await http.call('POST /send_message', push(largest));
      expect(status).toBe(200);
      expect((await client.takeId(body.message_id)).data.content).toBe(largest);
      await http.problem('payload_too_large', 'POST /send_message', push(`${largest}x`));
      await client.expectOpen();
    });

    it('of a tool call or a broadcast is refused with 413 above the limit', async () => {
      const client = await connect();
      const data = { text: 'x'.repeat(MAX_MESSAGE_BYTES) };
      const call = { tool_name: 'show', params: data, client_id: client.clientId };
      await http.problem('payload_too_large', 'POST /call_tool', { body: call });
      await http.problem('payload_too_large', 'POST /broadcast', { body: { message_type: 'news', data } });
      await client.expectOpen();
    });
  });
}
