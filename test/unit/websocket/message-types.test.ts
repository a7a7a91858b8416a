import type { Responder } from '../../../lambdas/ports/responder';
import { create } from '../../../lambdas/websocket/message';
import { createRecordingConnections, createRecordingLog, messageDependencies } from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';

interface SentFrame {
  type: string;
  data: Record<string, unknown>;
  reply_to?: string;
}

/**
 * Handles one chat message, and returns the frames in the order in which the client receives them.
 * @param age  of the connection, in milliseconds
 */
async function chat(
  responder: Responder,
  data: object,
  changes: Parameters<typeof messageDependencies>[0] = {},
  age = 0,
) {
  const dependencies = messageDependencies({ app: { responder }, ...changes });
  const requestContext = { connectionId: 'c', connectedAt: Date.now() - age, authorizer: { client_id: clientId } };
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
  it.each([{}, { stream: false }, { stream: true }])(
    'with %j gets an inline responder’s reply as a whole',
    async (data) => {
      const { frames } = await chat(streaming('Hello', ' there', '.'), data);
      expect(frames.map(({ type }) => type)).toEqual(['processing', 'chat_response']);
      expect(frames.at(-1)?.data).toMatchObject({ content: 'Hello there.', model: 'pieces' });
    },
  );

  it('gets the whole reply at once from a responder that does not stream, even if the client asked for streaming', async () => {
    const { frames } = await chat(whole, { stream: true });
    expect(frames.map(({ type }) => type)).toEqual(['processing', 'chat_response']);
    expect(frames.at(-1)?.data).toMatchObject({ content: 'Hello there.', model: 'whole' });
  });

  it('gets an empty reply from a responder that streams nothing', async () => {
    const { frames } = await chat(streaming(), { stream: true });
    expect(frames.map(({ type }) => type)).toEqual(['processing', 'chat_response']);
    expect(frames.at(-1)?.data).toMatchObject({ content: '' });
  });

  it('has a single, whole answer in the history, however many pieces were sent', async () => {
    const { dependencies } = await chat(streaming('Hello', ' there', '.'), { stream: true });
    const { rows } = await dependencies.history.page(clientId, { limit: 10 });
    expect(rows.map(({ direction, type, data }) => [direction, type, data.content])).toEqual([
      ['out', 'chat_response', 'Hello there.'],
      ['in', 'chat_message', 'Hi'],
    ]);
  });

  it('gets an error if the responder fails partway', async () => {
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
    expect(frames.map(({ type }) => type)).toEqual(['processing', 'error']);
    expect(frames.at(-1)?.data).toMatchObject({ code: 'internal_error' });
    expect(log.errors).toEqual([{ event: 'message_failed', cause }]);
  });

  describe('whose `processing` is answered with 410', () => {
    /** @returns what was posted, and whether the responder's signal was aborted after the 410 had been checked */
    async function abortedAfter410(isOpen: boolean, age: number) {
      const connections = createRecordingConnections(() => 'gone');
      let isAsked = () => {};
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve;
      });
      connections.isOpen = async () => {
        isAsked();
        return isOpen;
      };
      const responder: Responder = {
        model: 'patient',
        async respond(_, { signal }) {
          await asked;
          await new Promise((resolve) => setImmediate(resolve));
          return String(signal.aborted);
        },
      };
      const { frames, dependencies } = await chat(responder, {}, { connections }, age);
      const posts = dependencies.connections.posts.map(({ frame }) => frame.type);
      return { aborted: frames.at(-1)?.data.content, posts };
    }

    it('aborts the responder’s signal if GET @connections confirms the 410', async () => {
      expect(await abortedAfter410(false, 60_001)).toEqual({ aborted: 'true', posts: ['processing'] });
    });

    it('is posted again and continues if GET @connections shows the connection', async () => {
      expect(await abortedAfter410(true, 60_001)).toEqual({ aborted: 'false', posts: ['processing', 'processing'] });
    });

    it('continues if the connection is younger than a minute', async () => {
      expect(await abortedAfter410(false, 50_000)).toEqual({ aborted: 'false', posts: ['processing'] });
    });
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

describe('a chat message answered by a task', () => {
  const inTask = { repliesInTask: true };

  it('posts `processing`, then starts the task, and returns no reply', async () => {
    const order: string[] = [];
    const connections = createRecordingConnections();
    const { post } = connections;
    connections.post = async (...given) => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('posted');
      return post(...given);
    };
    const tasks = { start: async (task: object) => void order.push(JSON.stringify(task)) };
    const dependencies = messageDependencies({ ...inTask, connections });
    const requestContext = { connectionId: 'c', connectedAt: 0, authorizer: { client_id: clientId } };
    const body = JSON.stringify({
      ...{ type: 'chat_message', message_id: 7, data: { content: 'Hi' }, sender: 's', sender_seq: 1 },
    });
    const reply = await create({ ...dependencies, tasks })({ requestContext, body });
    expect(reply).toEqual({ statusCode: 200 });
    expect(connections.posts.map(({ frame }) => frame.type)).toEqual(['processing']);
    expect(order).toHaveLength(2);
    expect(JSON.parse(order[1] ?? '')).toEqual({
      task: 'respond',
      replyId: expect.any(String),
      clientId,
      connection: { clientId, connectionId: 'c', connectedAt: '1970-01-01T00:00:00.000Z', labels: [] },
      text: body,
      at: expect.any(String),
      messageId: '7',
      after: { epoch: expect.any(String), seq: 0 },
      sent: { sender: 's', number: 1 },
    });
  });
});

describe('a cancel', () => {
  const send = async (data: object) => {
    const dependencies = messageDependencies();
    const requestContext = { connectionId: 'c', connectedAt: 0, authorizer: { client_id: clientId } };
    const reply = await create(dependencies)({ requestContext, body: JSON.stringify({ type: 'cancel', data }) });
    return { reply: reply as { body?: string }, dependencies };
  };

  it.each([
    ['q', 'q'],
    [7, '7'],
  ])('of %j is recorded, and has no answer', async (messageId, key) => {
    const { reply, dependencies } = await send({ message_id: messageId });
    expect(reply).toEqual({ statusCode: 200 });
    expect(await dependencies.replies.get({ clientId, messageId: key })).toMatchObject({ run: 0 });
  });

  it.each([{}, { message_id: '' }, { message_id: 'x'.repeat(129) }, { message_id: null }])(
    'with %j is invalid',
    async (data) => {
      const { reply } = await send(data);
      expect(JSON.parse(reply.body ?? '').data).toMatchObject({
        code: 'invalid_message',
        details: [{ path: 'data.message_id' }],
      });
    },
  );
});
