/** Messages that the team sends over HTTP, as the client sees them. */
import type { ConformingClient } from './conforming-client';
import type { UnderTest } from './under-test';

/** What a gateway could corrupt: depth, languages, numbers, and names that are special in JavaScript. */
const AWKWARD = JSON.parse(`{
  "text": "Grüße, 你好, 🙂, \\u0000\\u2028",
  "deep": {"list": [1, [2, {"three": null}], true, 1e-7, -0.5, 9007199254740991]},
  "__proto__": {"polluted": true}, "constructor": "own", "type": "pong", "empty": {}
}`);

export function pushes({ connect, http }: UnderTest): void {
  describe('POST /send_message', () => {
    it('reaches the one client as chat_message, with the id that the caller got', async () => {
      const [client, other] = await Promise.all([connect(), connect()]);
      const { status, body } = await http.call('POST /send_message', {
        body: { client_id: client.clientId, content: 'hello from the team' },
      });
      expect(status).toBe(200);
      const frame = await client.takeId(body.message_id);
      expect(frame).toMatchObject({ type: 'chat_message', data: { content: 'hello from the team', from_api: true } });
      expect(frame).not.toHaveProperty('reply_to');
      await expectNotReached(other, body.message_id);
    });

    it.each(['', 'Grüße, 你好, 🙂', '{"type": "pong"}', '<b>"quoted"</b>\n\u0000'])(
      'delivers the content %j unchanged',
      async (content) => {
        const client = await connect();
        const { body } = await http.call('POST /send_message', { body: { client_id: client.clientId, content } });
        expect((await client.takeId(body.message_id)).data.content).toBe(content);
      },
    );

    it('delivers many concurrent messages, without loss or duplicates', async () => {
      const client = await connect();
      const contents = Array.from({ length: 20 }, (_, number) => `push ${number}`);
      const answers = await Promise.all(
        contents.map((content) => http.call('POST /send_message', { body: { client_id: client.clientId, content } })),
      );
      const frames = await Promise.all(answers.map(({ body }) => client.takeId(body.message_id)));
      expect(frames.map(({ data }) => data.content)).toEqual(contents);
      await client.expectOpen();
      expect(client.received.filter(({ type }) => type === 'chat_message')).toHaveLength(contents.length);
    });
  });

  describe('POST /call_tool', () => {
    it('reaches the one client as tool_call', async () => {
      const [client, other] = await Promise.all([connect(), connect()]);
      const { status, body } = await http.call('POST /call_tool', {
        body: { client_id: client.clientId, tool_name: 'show', params: AWKWARD },
      });
      expect(status).toBe(200);
      const frame = await client.takeId(body.message_id);
      expect(frame).toMatchObject({ type: 'tool_call', data: { tool_name: 'show', from_api: true } });
      expect(JSON.stringify(frame.data.params)).toBe(JSON.stringify(AWKWARD));
      expect(frame).not.toHaveProperty('reply_to');
      await expectNotReached(other, body.message_id);
    });

    it('may omit params', async () => {
      const client = await connect();
      const { body } = await http.call('POST /call_tool', { body: { client_id: client.clientId, tool_name: 'show' } });
      const frame = await client.takeId(body.message_id);
      expect(frame.data).toEqual({ tool_name: 'show', params: {}, from_api: true, call_id: body.call_id });
    });
  });

  describe('POST /broadcast', () => {
    it('reaches everybody, with its own type and unchanged data', async () => {
      const clients = await Promise.all([connect(), connect(), connect()]);
      const { body } = await http.call('POST /broadcast', { body: { message_type: 'announcement', data: AWKWARD } });
      for (const client of clients) {
        const frame = await client.takeId(body.message_id);
        expect(frame.type).toBe('announcement');
        expect(JSON.stringify(frame.data)).toBe(JSON.stringify(AWKWARD));
        expect(frame).not.toHaveProperty('reply_to');
      }
    });

    it('may omit data', async () => {
      const client = await connect();
      const { body } = await http.call('POST /broadcast', { body: { message_type: 'announcement' } });
      expect((await client.takeId(body.message_id)).data).toEqual({});
    });

    it('reaches each client once', async () => {
      const client = await connect();
      const { body } = await http.call('POST /broadcast', { body: { message_type: 'announcement' } });
      await client.takeId(body.message_id);
      await client.expectOpen();
      expect(client.received.filter(({ message_id }) => message_id === body.message_id)).toHaveLength(1);
    });
  });
}

/** A later answer has arrived, and what was sent to somebody else has not. */
async function expectNotReached(client: ConformingClient, messageId: string): Promise<void> {
  await client.expectOpen();
  expect(client.received.filter(({ message_id }) => message_id === messageId)).toEqual([]);
}
