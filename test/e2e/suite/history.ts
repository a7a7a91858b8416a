/** Messages to and from a client, newest first. */
import type { ReceivedFrame } from '../../support/test-client';
import type { ConformingClient } from './conforming-client';
import { eventually } from './eventually';
import type { UnderTest } from './under-test';

interface HistoryRow {
  message_id: string;
  direction: 'in' | 'out';
  type: string;
  data: unknown;
  timestamp: string;
  reply_to?: string;
}

/** A frame as the history has it: without its position. */
function rowOf({ epoch: _, seq: __, broadcast: ___, ...frame }: ReceivedFrame): HistoryRow {
  return { ...frame, direction: 'out' };
}

export function history({ connect, http }: UnderTest): void {
  /** The whole history, read in pages of `limit`. */
  async function historyOf({ clientId }: ConformingClient, limit = 1_000): Promise<HistoryRow[]> {
    const rows: HistoryRow[] = [];
    let cursor: string | undefined;
    do {
      const { status, body } = await http.call('GET /clients/{client_id}/messages', {
        path: { client_id: clientId },
        query: { limit, ...(cursor !== undefined && { cursor }) },
      });
      expect(status).toBe(200);
      expect(body.messages.length).toBeLessThanOrEqual(limit);
      rows.push(...body.messages);
      cursor = body.next_cursor;
    } while (cursor !== undefined);
    return rows;
  }

  function types(rows: readonly HistoryRow[]): string[] {
    return rows.map(({ direction, type }) => `${direction} ${type}`);
  }

  describe('the history of a client', () => {
    it('is empty at first', async () => {
      const client = await connect();
      await eventually(async () => expect(await historyOf(client)).toEqual([]));
    });

    it('has chats and their answers, as they were on the wire', async () => {
      const client = await connect();
      const data = { content: 'hello 你好', role: 'user', mood: { good: [true, null] } };
      const answer = await client.ask({ type: 'chat_message', data, message_id: 'm1', timestamp: '1999-12-31' });
      await eventually(async () => {
        const rows = await historyOf(client);
        expect(rows).toEqual([
          rowOf(answer),
          { message_id: 'm1', direction: 'in', type: 'chat_message', data, timestamp: expect.any(String) },
        ]);
        expect(rows[1]?.timestamp && rows[1].timestamp >= client.established.timestamp).toBe(true);
      });
    });

    it('uses an id of the server for a message without a message_id', async () => {
      const client = await connect();
      client.send({ type: 'chat_message', data: { content: 'hello' } });
      const answer = await client.takeType('chat_response');
      await eventually(async () => {
        const rows = await historyOf(client);
        expect(types(rows)).toEqual(['out chat_response', 'in chat_message']);
        expect(rows[1]?.message_id).toMatch(/^[\da-f-]{36}$/);
        expect(rows[1]?.message_id).not.toBe(answer.message_id);
        expect(rows[0]).not.toHaveProperty('reply_to');
      });
    });

    it('has tool calls and their answers, including failed tools', async () => {
      const client = await connect();
      const params = { a: 1, b: 2 };
      const first = await client.ask({ type: 'tool_call', data: { tool_name: 'add', params } });
      const second = await client.ask({ type: 'tool_call', data: { tool_name: 'add', params: {} } });
      await eventually(async () => {
        const rows = await historyOf(client);
        expect(types(rows)).toEqual(['out tool_response', 'in tool_call', 'out tool_response', 'in tool_call']);
        expect(rows[0]).toEqual(rowOf(second));
        expect(rows[2]).toEqual(rowOf(first));
        expect(rows[3]).toMatchObject({ message_id: first.reply_to, data: { tool_name: 'add', params } });
      });
    });

    it('has every kind of push, as the client received it', async () => {
      const client = await connect();
      const client_id = client.clientId;
      const pushed = [
        await http.call('POST /send_message', { body: { client_id, content: 'hello' } }),
        await http.call('POST /call_tool', { body: { client_id, tool_name: 'show', params: { page: 2 } } }),
        await http.call('POST /broadcast', { body: { message_type: 'news', data: { number: 1 } } }),
      ];
      const frames = await Promise.all(pushed.map(({ body }) => client.takeId(body.message_id)));
      await eventually(async () => {
        expect(await historyOf(client)).toEqual(frames.map(rowOf).reverse());
      });
    });

    it('leaves out ping, pong, processing, the greeting and errors', async () => {
      const client = await connect();
      await client.expectOpen();
      await client.askError('not JSON');
      await client.ask({ type: 'nonsense' });
      await client.ask({ type: 'chat_message', data: {} });
      await client.ask({ type: 'chat_message', data: { content: 'hello' } });
      await eventually(async () => {
        expect(types(await historyOf(client))).toEqual(['out chat_response', 'in chat_message']);
      });
    });

    it('is the same page by page, newest first', async () => {
      const client = await connect();
      const contents = ['one', 'two', 'three'];
      for (const content of contents)
        await client.ask({ type: 'chat_message', data: { content }, message_id: content });
      await eventually(async () => {
        const rows = await historyOf(client);
        expect(rows.filter(({ direction }) => direction === 'in').map((row) => row.message_id)).toEqual(
          contents.toReversed(),
        );
        const times = rows.map(({ timestamp }) => timestamp);
        expect(times).toEqual([...times].sort().reverse());
        expect(rows).toHaveLength(6);
        expect(await historyOf(client, 1)).toEqual(rows);
        expect(await historyOf(client, 4)).toEqual(rows);
      });
    });

    it('has only that client’s messages', async () => {
      const [client, other] = await Promise.all([connect(), connect()]);
      await client.ask({ type: 'chat_message', data: { content: 'mine' } });
      await other.ask({ type: 'chat_message', data: { content: 'theirs' } });
      await eventually(async () => {
        expect(await historyOf(client)).toMatchObject([
          { data: { content: 'Echo: mine' } },
          { data: { content: 'mine' } },
        ]);
      });
    });

    it('is empty, not a 404, after a client has left that sent nothing', async () => {
      const client = await connect();
      await client.close();
      const path = { client_id: client.clientId };
      await eventually(() => http.problem('client_not_found', 'GET /clients/{client_id}', { path }));
      expect(await historyOf(client)).toEqual([]);
    });

    it('stays after the client has left', async () => {
      const client = await connect();
      const answer = await client.ask({ type: 'chat_message', data: { content: 'goodbye' } });
      await client.close();
      const path = { client_id: client.clientId };
      await eventually(() => http.problem('client_not_found', 'GET /clients/{client_id}', { path }));
      const [newest] = await historyOf(client);
      expect(newest).toEqual(rowOf(answer));
    });
  });
}
