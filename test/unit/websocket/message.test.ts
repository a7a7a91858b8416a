import { createHook } from 'node:async_hooks';
import { ConnectionError } from '../../../lambdas/ports/connections';
import { HANDLER_TIMEOUT_MS } from '../../../lambdas/protocol/limits';
import { connectionFromEvent } from '../../../lambdas/websocket/connection-event';
import { create } from '../../../lambdas/websocket/message';
import { createFakeClock } from '../../support/fake-clock';
import {
  createRecordingConnections,
  createRecordingLog,
  createTestClients,
  createTestHistory,
  messageDependencies,
} from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';
const connection = {
  requestContext: { connectionId: 'R1kmxc2VNjMCFIA=', connectedAt: Date.now(), authorizer: { client_id: clientId } },
};

function eventOf(message: unknown) {
  return { ...connection, body: JSON.stringify(message) };
}

function frameOf(result: unknown) {
  return JSON.parse((result as { body: string }).body);
}

describe('the message handler', () => {
  it('returns the answer as the route response, and posts only what comes before it', async () => {
    const dependencies = messageDependencies();
    const result = await create(dependencies)(eventOf({ type: 'chat_message', data: { content: 'hi' } }));
    expect(frameOf(result)).toMatchObject({ type: 'chat_response', data: { content: 'Echo: hi' } });
    expect(dependencies.connections.posts.map(({ frame }) => frame.type)).toEqual(['processing']);
  });

  it.each([
    [{ type: 'ping' }, { type: 'ping' }],
    [
      { type: 'chat_message', data: { content: 5 } },
      { type: 'chat_message', error: 'invalid_message' },
    ],
    [{ type: 'password=hunter2' }, { error: 'unsupported_type' }],
    ['not an object', { error: 'invalid_message' }],
  ])('logs that %j was handled, using nothing of the client’s text', async (message, said) => {
    const log = createRecordingLog();
    await create(messageDependencies({ log }))(eventOf(message));
    const fields = { client_id: clientId, ...said, ms: expect.any(Number) };
    expect(log.debugs).toEqual([{ event: 'message_handled', fields }]);
  });

  it.each(['chat_message', 'tool_call', 'ping'])('does not wait for stores that answer at once: %s', async (type) => {
    const connections = createRecordingConnections();
    connections.post = () => 'delivered';
    const responder = { model: 'm', respond: () => 'an answer' };
    const handle = create(messageDependencies({ connections, app: { responder } }));
    const event = eventOf({ type, data: { content: 'hi', tool_name: 'add', params: { a: 1, b: 2 } } });
    await handle(event);
    let promises = 0;
    const hook = createHook({
      init(_, kind) {
        if (kind === 'PROMISE') promises += 1;
      },
    }).enable();
    const answering = handle(event);
    await answering;
    hook.disable();
    expect(promises).toBeLessThanOrEqual(6); // each await of a store would add three
  });

  it('does not let the answer overtake `processing`', async () => {
    let deliver = () => {};
    const connections = createRecordingConnections();
    connections.post = () => new Promise((resolve) => (deliver = () => resolve('delivered')));
    let answered = false;
    const result = create(messageDependencies({ connections }))(
      eventOf({ type: 'chat_message', data: { content: 'hi' } }),
    ).then(() => (answered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    deliver();
    await result;
    expect(answered).toBe(true);
  });

  it.each<[string, Error, infos: string[], errors: string[]]>([
    ['throttled', new ConnectionError('throttled'), ['post_throttled'], []],
    ['out of reach', new Error('no route'), [], ['post_failed']],
  ])('answers although `processing` is %s, which may or may not be our error', async (_, thrown, infos, errors) => {
    const log = createRecordingLog();
    const dependencies = messageDependencies({ log, connections: createRecordingConnections(() => thrown) });
    const result = await create(dependencies)(eventOf({ type: 'chat_message', data: { content: 'hi' } }));
    expect(frameOf(result)).toMatchObject({ type: 'chat_response' });
    expect(log.infos).toEqual(infos);
    expect(log.errors.map(({ event }) => event)).toEqual(errors);
  });

  it('answers although the counter and the history fail, and logs both with their causes', async () => {
    const clients = createTestClients();
    const history = createTestHistory();
    clients.receive = () => Promise.reject(new Error('no update'));
    history.put = () => Promise.reject(new Error('no batch'));
    const log = createRecordingLog();
    const result = await create(messageDependencies({ clients, history, log }))(
      eventOf({ type: 'chat_message', data: { content: 'hi' } }),
    );
    expect(frameOf(result).type).toBe('chat_response');
    expect(log.errors).toEqual([
      { event: 'count_failed', cause: new Error('no update') },
      { event: 'history_failed', cause: new Error('no batch') },
    ]);
  });

  it('handles no message with a sender while the counter fails, because it may be a repeat', async () => {
    const clients = createTestClients();
    clients.receive = () => Promise.reject(new Error('no update'));
    const respond = jest.fn(() => 'an answer');
    const dependencies = messageDependencies({ clients, app: { responder: { model: 'm', respond } } });
    const marks = { sender: 's', sender_seq: 1, message_id: 'mine' };
    const result = await create(dependencies)(eventOf({ type: 'chat_message', data: { content: 'hi' }, ...marks }));
    expect(frameOf(result)).toMatchObject({ type: 'error', data: { code: 'in_progress' }, reply_to: 'mine' });
    expect(respond).not.toHaveBeenCalled();
  });

  it('turns an exception into internal_error, and hides its cause', async () => {
    const log = createRecordingLog();
    const responder = {
      model: 'broken',
      respond: () => Promise.reject(new Error('secret: the password is 1234')),
    };
    const result = await create(messageDependencies({ app: { responder }, log }))(
      eventOf({ type: 'chat_message', data: { content: 'hi' }, message_id: 'mine' }),
    );
    expect(frameOf(result)).toMatchObject({ type: 'error', data: { code: 'internal_error' }, reply_to: 'mine' });
    expect(JSON.stringify(result)).not.toContain('1234');
    expect(log.errors).toEqual([{ event: 'message_failed', cause: new Error('secret: the password is 1234') }]);
  });

  it('stores a message whose answer would be too large, and tells its sender', async () => {
    const dependencies = messageDependencies();
    const content = 'x'.repeat(130_990);
    const result = await create(dependencies)(eventOf({ type: 'chat_message', data: { content } }));
    expect(frameOf(result).data.code).toBe('payload_too_large');
    const { rows } = await dependencies.history.page(clientId, { limit: 10 });
    expect(rows.map(({ direction }) => direction)).toEqual(['in']);
  });

  it('answers timed_out before the platform does, aborts the signal, and logs that', async () => {
    const clock = createFakeClock();
    const log = createRecordingLog();
    let signal: AbortSignal | undefined;
    const responder = {
      model: 'slow',
      respond: (_: unknown, context: { signal: AbortSignal }) => {
        signal = context.signal;
        return new Promise<string>(() => {});
      },
    };
    const answered = create(messageDependencies({ app: { responder }, clock, log }))(
      eventOf({ type: 'chat_message', data: { content: 'hi' }, message_id: 'mine' }),
    );
    while (signal === undefined) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(HANDLER_TIMEOUT_MS);
    expect(frameOf(await answered)).toMatchObject({ type: 'error', data: { code: 'timed_out' }, reply_to: 'mine' });
    expect(signal.aborted).toBe(true);
    expect(log.errors.map(({ event }) => event)).toEqual(['message_timed_out']);
    expect(HANDLER_TIMEOUT_MS).toBeLessThan(29_000);
  });

  describe('counts the time for an answer from the arrival of the message', () => {
    /** A handler that never ends, after a counter that took this many milliseconds. */
    async function prepare(countMs: number) {
      const clock = createFakeClock();
      const log = createRecordingLog();
      const clients = createTestClients();
      const { receive } = clients;
      clients.receive = async (...given) => {
        clock.advance(countMs);
        return receive(...given);
      };
      let hasBegun = false;
      const respond = () => {
        hasBegun = true;
        return new Promise<string>(() => {});
      };
      const dependencies = messageDependencies({ app: { responder: { model: 'slow', respond } }, clock, log, clients });
      const answered = create(dependencies)(eventOf({ type: 'chat_message', data: { content: 'hi' } }));
      while (!hasBegun) await new Promise((resolve) => setImmediate(resolve));
      return { clock, log, dependencies, answered };
    }

    it('so that a slow counter leaves the handler less time', async () => {
      const { clock, log, answered } = await prepare(6_000);
      clock.advance(HANDLER_TIMEOUT_MS - 6_000);
      expect(frameOf(await answered).data.code).toBe('timed_out');
      expect(log.errors.map(({ event }) => event)).toEqual(['message_timed_out']);
    });

    it('so that a slow write of the answer cannot delay it beyond the platform’s timeout', async () => {
      const { clock, log, dependencies, answered } = await prepare(0);
      let isWriting = false;
      dependencies.history.put = () => {
        isWriting = true;
        return new Promise<boolean>(() => {});
      };
      clock.advance(HANDLER_TIMEOUT_MS);
      while (!isWriting) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(28_000 - 1 - HANDLER_TIMEOUT_MS); // Lambda stops the function after 28 seconds
      const frame = frameOf(await answered);
      expect(frame).toMatchObject({ type: 'error', data: { code: 'timed_out' } });
      expect(frame).not.toHaveProperty('seq');
      expect(log.errors.map(({ event }) => event)).toEqual(['message_timed_out', 'history_failed']);
    });
  });

  it('handles no message above the rate, and closes the connection of a flood after a warning', async () => {
    const clients = createTestClients();
    const position = { epoch: 'e', seq: 1 };
    const connections = createRecordingConnections();
    clients.receive = async () => ({ position, retryAfterMs: 250, isFlood: false });
    const handle = create(messageDependencies({ clients, connections }));
    const chat = eventOf({ type: 'chat_message', data: { content: 'hi' } });
    expect(frameOf(await handle(chat)).data).toMatchObject({ code: 'rate_limited', retry_after_ms: 250 });
    expect(connections.posts).toEqual([]);
    clients.receive = async () => ({ position, retryAfterMs: 60_000, isFlood: true });
    expect(frameOf(await handle(chat)).data.code).toBe('rate_limited');
    expect(connections.posts.map(({ frame }) => frame.type)).toEqual(['connection_closing']);
    expect(connections.closed).toEqual(['R1kmxc2VNjMCFIA=']);
    expect(frameOf(await handle(chat)).data.code).toBe('rate_limited'); // it had arrived before the close
    expect([connections.posts.length, connections.closed.length]).toEqual([1, 1]);
  });

  it('closes the connection of a flood with its next message if the close failed', async () => {
    const clients = createTestClients();
    const closed: string[] = [];
    const connections = {
      ...createRecordingConnections(),
      async close(connectionId: string) {
        closed.push(connectionId);
        if (closed.length === 1) throw new Error('no answer');
        return 'closed' as const;
      },
    };
    clients.receive = async () => ({ position: { epoch: 'e', seq: 1 }, retryAfterMs: 60_000, isFlood: true });
    const handle = create(messageDependencies({ clients, connections }));
    for (let count = 0; count < 3; count++) await handle(eventOf({ type: 'ping' }));
    expect(closed).toEqual(['R1kmxc2VNjMCFIA=', 'R1kmxc2VNjMCFIA=']);
  });

  it('takes client and labels from the authorizer’s context', () => {
    const authorizer = { client_id: clientId, labels: 'acme,eu' };
    const requestContext = { connectionId: 'x', connectedAt: 0, authorizer };
    expect(connectionFromEvent({ requestContext })).toEqual({
      clientId,
      connectionId: 'x',
      connectedAt: '1970-01-01T00:00:00.000Z',
      labels: ['acme', 'eu'],
    });
  });

  it('refuses an event without an authorizer, because nothing else names the client', () => {
    const requestContext = { connectionId: 'x', connectedAt: 0 };
    expect(() => connectionFromEvent({ requestContext })).toThrow('needs its authorizer');
  });
});
