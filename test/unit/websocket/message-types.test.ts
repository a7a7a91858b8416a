import type { Responder } from '../../../lambdas/ports/responder';
import { create } from '../../../lambdas/websocket/message';
import { createRecordingConnections, createRecordingLog, messageDependencies } from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';

interface SentFrame {
  type: string;
  data: Record<string, unknown>;
  reply_to?: string;
}

/** Handles one chat message, and gives the frames in the order in which the client has them. */
async function chat(responder: Responder, data: object, changes: Parameters<typeof messageDependencies>[0] = {}) {
  const dependencies = messageDependencies({ app: { responder }, ...changes });
  const requestContext = { connectionId: 'c', connectedAt: Date.now(), authorizer: { client_id: clientId } };
  const body = JSON.stringify({ type: 'chat_message', message_id: 'mine', data: { content: 'Hi', ...data } });
  const reply = (await create(dependencies)({ requestContext, body })) as { body: string };
  const posted = dependencies.connections.posts.map(({ frame }) => frame as unknown as SentFrame);
  return { frames: [...posted, JSON.parse(reply.body) as SentFrame], dependencies };
}

function streaming(...pieces: string[]): Responder {
  return {
    model: 'pieces',
    async *respond() {
      yield* pieces;
    },
  };
}

const whole: Responder = { model: 'whole', respond: () => 'Hello there.' };

describe('a chat message', () => {
  it('streams to a client that asked for it: each piece with its index, then the whole', async () => {
    const { frames } = await chat(streaming('Hello', ' there', '.'), { stream: true });
    expect(frames.map(({ type, data }) => [type, data])).toEqual([
      ['processing', { status: 'processing' }],
      ['chat_delta', { index: 0, delta: 'Hello' }],
      ['chat_delta', { index: 1, delta: ' there' }],
      ['chat_delta', { index: 2, delta: '.' }],
      ['chat_response', expect.objectContaining({ content: 'Hello there.', status: 'completed', model: 'pieces' })],
    ]);
    expect(frames.map(({ reply_to }) => reply_to)).toEqual(Array(5).fill('mine'));
  });

  it.each([{}, { stream: false }])('with %j gets a streaming responder’s reply in one piece', async (data) => {
    const { frames } = await chat(streaming('Hello', ' there', '.'), data);
    expect(frames.map(({ type }) => type)).toEqual(['processing', 'chat_response']);
    expect(frames.at(-1)?.data).toMatchObject({ content: 'Hello there.', model: 'pieces' });
  });

  it('gets a reply in one piece from a responder that does not stream, though the client asked for it', async () => {
    const { frames } = await chat(whole, { stream: true });
    expect(frames.map(({ type }) => type)).toEqual(['processing', 'chat_response']);
    expect(frames.at(-1)?.data).toMatchObject({ content: 'Hello there.', model: 'whole' });
  });

  it('gets an empty reply from a responder that streams nothing', async () => {
    const { frames } = await chat(streaming(), { stream: true });
    expect(frames.map(({ type }) => type)).toEqual(['processing', 'chat_response']);
    expect(frames.at(-1)?.data).toMatchObject({ content: '' });
  });

  it('has one answer in the history, the whole, however many pieces it came in', async () => {
    const { dependencies } = await chat(streaming('Hello', ' there', '.'), { stream: true });
    const { rows } = await dependencies.history.page(clientId, { limit: 10 });
    expect(rows.map(({ direction, type, data }) => [direction, type, data.content])).toEqual([
      ['out', 'chat_response', 'Hello there.'],
      ['in', 'chat_message', 'Hi'],
    ]);
  });

  it('is answered with an error after the pieces where the responder fails on the way', async () => {
    const cause = new Error('the model went away');
    const responder: Responder = {
      model: 'broken',
      async *respond() {
        yield 'Hello';
        throw cause;
      },
    };
    const log = createRecordingLog();
    const { frames } = await chat(responder, { stream: true }, { log });
    expect(frames.map(({ type }) => type)).toEqual(['processing', 'chat_delta', 'error']);
    expect(frames.at(-1)?.data).toMatchObject({ code: 'internal_error' });
    expect(log.errors).toEqual([{ event: 'message_failed', cause }]);
  });

  it('has its pieces posted no longer when the client has left, and aborts the responder’s signal', async () => {
    const seen: boolean[] = [];
    const responder: Responder = {
      model: 'pieces',
      async *respond(_, { signal }) {
        for (const piece of ['a', 'b', 'c', 'd']) {
          seen.push(signal.aborted);
          yield piece;
        }
      },
    };
    let posts = 0;
    const connections = createRecordingConnections(() => (++posts < 3 ? 'delivered' : 'gone'));
    await chat(responder, { stream: true }, { connections });
    expect(connections.posts.map(({ frame }) => frame.type)).toEqual(['processing', 'chat_delta', 'chat_delta']);
    expect(seen.at(0)).toBe(false);
    expect(seen.at(-1)).toBe(true);
  });

  it.each([
    [{}, 'user'],
    [{ role: 'system' }, 'system'],
  ])('with %j reaches the responder as role %s', async (data, role) => {
    const respond = jest.fn(() => 'ok');
    await chat({ model: 'm', respond }, data);
    expect(respond).toHaveBeenCalledWith({ content: 'Hi', role }, expect.objectContaining({ clientId }));
  });
});
