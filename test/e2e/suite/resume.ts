/** Positions, resume, repeated messages, and acknowledgements. */
import type { ReceivedFrame } from '../../support/test-client';
import type { ConformingClient } from './conforming-client';
import type { UnderTest } from './under-test';

const ADD = { type: 'tool_call', data: { tool_name: 'add', params: { a: 1, b: 2 } } };

export function resume({ connect, http }: UnderTest): void {
  /** The same client on another connection. */
  function again(client: ConformingClient): Promise<ConformingClient> {
    const { client_id: clientId, resume_token: resumeToken } = client.established.data;
    return connect({ clientId, resumeToken });
  }

  function positionOf(client: ConformingClient) {
    const { epoch, seq, broadcast } = client.established.data;
    return { epoch, seq, broadcast };
  }

  async function push(client: ConformingClient, content: string): Promise<ReceivedFrame> {
    const { body } = await http.call('POST /send_message', { body: { client_id: client.clientId, content } });
    return client.takeId(body.message_id);
  }

  async function askResume(client: ConformingClient, data: object): Promise<ReceivedFrame['data']> {
    const { type, data: answer } = await client.ask({ type: 'resume', data });
    expect(type).toBe('resumed');
    return answer;
  }

  describe('a position', () => {
    it('is on pushes and on answers that the history keeps, 1, 2, 3 …, and on nothing else', async () => {
      const client = await connect();
      const { epoch, seq } = positionOf(client);
      const frames = [
        await client.ask({ type: 'chat_message', data: { content: 'one' } }),
        await client.ask(ADD),
        await push(client, 'three'),
        await client.ask({ type: 'chat_message', data: {} }),
      ];
      expect(frames.map((frame) => [frame.epoch, frame.seq])).toEqual([1, 2, 3, 4].map((step) => [epoch, seq + step]));
      const others = [await client.ask({ type: 'ping' }), await client.ask({ type: 'nonsense' })];
      for (const frame of [...others, ...client.received.filter(({ type }) => type === 'processing')]) {
        expect(frame).not.toHaveProperty('seq');
      }
    });

    it('is in each pong: the last one assigned', async () => {
      const client = await connect();
      const last = async () => (await client.ask({ type: 'ping' })).data;
      const { epoch, seq } = positionOf(client);
      expect(await last()).toMatchObject({ epoch, seq });
      const answer = await client.ask(ADD);
      const pushed = await push(client, 'two');
      expect([answer.seq, pushed.seq]).toEqual([seq + 1, seq + 2]);
      expect(await last()).toMatchObject({ epoch, seq: seq + 2 });
    });

    it('continues across connections', async () => {
      const client = await connect();
      const before = await client.ask(ADD);
      await client.close();
      const next = await again(client);
      expect(positionOf(next)).toMatchObject({ epoch: before.epoch, seq: before.seq });
      expect(await next.ask(ADD)).toMatchObject({ epoch: before.epoch, seq: (before.seq ?? 0) + 1 });
    });
  });

  describe('resume', () => {
    it('returns the frames after a position as they were sent, and then none', async () => {
      const client = await connect();
      const start = positionOf(client);
      const frames = [await client.ask(ADD), await push(client, 'hello'), await client.ask({ ...ADD, data: {} })];
      await client.close();
      const next = await again(client);
      const all = await askResume(next, start);
      expect(all).toMatchObject({ recovered: true, more: false, void: [], epoch: start.epoch, seq: start.seq + 3 });
      expect(all.frames).toEqual(frames);
      const some = await askResume(next, { ...start, seq: start.seq + 2 });
      expect(some.frames).toEqual(frames.slice(2));
      const { epoch, seq, broadcast } = all;
      expect(await askResume(next, { epoch, seq, broadcast })).toMatchObject({ recovered: true, frames: [], seq });
    });

    it('returns the broadcasts that were sent meanwhile', async () => {
      const client = await connect();
      const start = positionOf(client);
      await client.close();
      const { body } = await http.call('POST /broadcast', { body: { message_type: 'news', data: { number: 1e300 } } });
      const next = await again(client);
      const { frames } = await askResume(next, start);
      const mine = frames.filter(({ message_id: id }: ReceivedFrame) => id === body.message_id);
      expect(mine).toMatchObject([{ type: 'news', data: { number: 1e300 } }]);
      expect(mine[0].broadcast > start.broadcast).toBe(true);
    });

    it('returns no broadcasts without a broadcast position', async () => {
      const client = await connect();
      const { epoch, seq } = positionOf(client);
      const { body } = await http.call('POST /broadcast', { body: { message_type: 'news' } });
      await client.takeId(body.message_id);
      expect((await askResume(client, { epoch, seq })).frames).toEqual([]);
    });

    it.each([
      ['an epoch of another client', (seq: number) => ({ epoch: '000000000000a', seq })],
      ['a position that was never assigned', (seq: number, epoch: string) => ({ epoch, seq: seq + 7 })],
    ])('says if it does not know the position: %s', async (_, position) => {
      const client = await connect();
      const answer = await client.ask(ADD);
      const { epoch = '', seq = 0 } = answer;
      expect(await askResume(client, position(seq, epoch))).toMatchObject({
        recovered: false,
        reason: 'unknown_position',
        frames: [answer],
        epoch,
        seq,
      });
    });

    it('arrives in parts if it is too large for one message, and a frame too large for any part arrives separately', async () => {
      const client = await connect();
      const start = positionOf(client);
      const sizes = [50_000, 50_000, 125_000, 50_000];
      const frames: ReceivedFrame[] = [];
      for (const size of sizes) frames.push(await push(client, 'x'.repeat(size)));
      await client.close();
      const next = await again(client);
      const got: ReceivedFrame[] = [];
      let position = start;
      for (let parts = 0; parts < 10; parts++) {
        const { frames: part, more, epoch, seq, broadcast } = await askResume(next, position);
        got.push(...part);
        position = { epoch, seq, broadcast };
        if (!more) break;
        if (part.length > 0) continue;
        const alone = await next.take(({ seq: number }) => number === seq + 1);
        got.push(alone);
        position = { epoch, seq: seq + 1, broadcast };
      }
      expect(got).toEqual(frames);
    });

    it.each([
      ['without an epoch', { seq: 1 }, 'data.epoch'],
      ['with a negative number', { epoch: 'a', seq: -1 }, 'data.seq'],
      ['with a number as text', { epoch: 'a', seq: '1' }, 'data.seq'],
    ])('%s is refused', async (_, data, path) => {
      const client = await connect();
      expect((await client.ask({ type: 'resume', data })).data).toMatchObject({
        code: 'invalid_message',
        details: [{ path }],
      });
    });
  });

  describe('a repeated message', () => {
    it('is handled once, and answered with the same frame', async () => {
      const client = await connect();
      const message = { ...ADD, message_id: 'm-1', sender: 'program', sender_seq: 1 };
      const first = await client.ask(message);
      expect(await client.ask(message)).toEqual(first);
      await client.close();
      const next = await again(client);
      expect(await next.ask({ ...message, data: { tool_name: 'other' } })).toEqual(first);
      const { body } = await http.call('GET /clients/{client_id}/messages', { path: { client_id: client.clientId } });
      expect(body.messages.map(({ type }: { type: string }) => type)).toEqual(['tool_response', 'tool_call']);
    });

    it('is recognized by its number, even with a new `message_id`', async () => {
      const client = await connect();
      const message = { ...ADD, message_id: 'm-1', sender: 'program', sender_seq: 1 };
      const first = await client.ask(message);
      client.send({ ...message, message_id: 'm-2' });
      expect(await client.takeId(first.message_id)).toEqual(first);
      const { body } = await http.call('GET /clients/{client_id}/messages', { path: { client_id: client.clientId } });
      expect(body.messages).toHaveLength(2);
    });

    it('gets the same error again', async () => {
      const client = await connect();
      const message = { type: 'chat_message', data: { content: 5 }, message_id: 'm-1', sender: 'p', sender_seq: 1 };
      const first = await client.ask(message);
      expect(first).toMatchObject({ type: 'error', seq: positionOf(client).seq + 1 });
      expect(await client.ask(message)).toEqual(first);
    });

    it('is a different message with another sender, or without a number', async () => {
      const client = await connect();
      const first = await client.ask({ ...ADD, sender: 'a', sender_seq: 1 });
      const others = [
        await client.ask({ ...ADD, sender: 'b', sender_seq: 1 }),
        await client.ask({ ...ADD, sender: 'b', sender_seq: 2 }),
        await client.ask({ ...ADD, sender: 'b' }),
        await client.ask({ ...ADD, message_id: 'same' }),
        await client.ask({ ...ADD, message_id: 'same' }),
      ];
      expect(others.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5].map((step) => (first.seq ?? 0) + step));
    });

    it('is refused once its answer is forgotten', async () => {
      const client = await connect();
      for (const number of [1, 33]) await client.ask({ ...ADD, sender: 'a', sender_seq: number });
      const { data } = await client.ask({ ...ADD, sender: 'a', sender_seq: 1 });
      expect(data).toMatchObject({ code: 'invalid_message', details: [{ path: 'sender_seq' }] });
    });

    it.each([
      [{ sender: 'a', sender_seq: 0 }, 'sender_seq'],
      [{ sender: 'a', sender_seq: '1' }, 'sender_seq'],
      [{ sender_seq: 1 }, 'sender'],
      [{ sender: 'a'.repeat(33), sender_seq: 1 }, 'sender'],
    ])('is told which field of %j is wrong', async (marks, path) => {
      const client = await connect();
      const answer = await client.ask({ ...ADD, ...marks });
      expect(answer.data).toMatchObject({ code: 'invalid_message', details: [{ path }] });
      const { epoch, seq } = positionOf(client);
      expect((await askResume(client, { epoch, seq })).frames).toEqual([answer]); // it can be resumed, like any answer
    });

    it.each([{ sender: { name: 'Ann' } }, { ack: true }, { ack: null, sender: null, sender_seq: null }])(
      'is not affected by other uses of these fields: %j',
      async (fields) => {
        const client = await connect();
        expect(await client.ask({ ...ADD, ...fields })).toMatchObject({ type: 'tool_response' });
      },
    );
  });
}
