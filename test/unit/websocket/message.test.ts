import { ConnectionError } from '../../../lambdas/connections/connections';
import { peerFromEvent } from '../../../lambdas/gateway/websocket-event';
import { createMessage } from '../../../lambdas/websocket/message';
import {
  createRecordingConnections,
  createRecordingLog,
  createTestSessions,
  messageDependencies,
} from '../../support/fakes';

const connection = { requestContext: { connectionId: 'R1kmxc2VNjMCFIA=' } };

function eventOf(message: unknown) {
  return { ...connection, body: JSON.stringify(message) };
}

function frameOf(result: unknown) {
  return JSON.parse((result as { body: string }).body);
}

describe('the message handler', () => {
  it('answers as the route response, and posts only what comes before the answer', async () => {
    const dependencies = messageDependencies();
    const result = await createMessage(dependencies)(eventOf({ type: 'chat_message', data: { content: 'hi' } }));
    expect(frameOf(result)).toMatchObject({ type: 'chat_response', data: { content: 'Echo: hi' } });
    expect(dependencies.connections.posts.map(({ frame }) => frame.type)).toEqual(['processing']);
  });

  it('posts the answer too where the host has no route responses', async () => {
    const dependencies = messageDependencies({ replyBy: 'post' });
    const result = await createMessage(dependencies)(eventOf({ type: 'chat_message', data: { content: 'hi' } }));
    expect(result).toEqual({ statusCode: 200 });
    expect(dependencies.connections.posts.map(({ frame }) => frame.type)).toEqual(['processing', 'chat_response']);
  });

  it.each([
    [{ type: 'ping' }, { type: 'ping' }],
    [
      { type: 'chat_message', data: { content: 5 } },
      { type: 'chat_message', error: 'invalid_message' },
    ],
    [{ type: 'password=hunter2' }, { error: 'unsupported_type' }],
    ['no object', { error: 'invalid_message' }],
  ])('says of %j that it was handled, in words of its own alone', async (message, said) => {
    const log = createRecordingLog();
    await createMessage(messageDependencies({ log }))(eventOf(message));
    const { clientId } = peerFromEvent(connection);
    const fields = { client_id: clientId, ...said, ms: expect.any(Number) };
    expect(log.debugs).toEqual([{ event: 'message_handled', fields }]);
  });

  it('does not let the answer overtake `processing`', async () => {
    let deliver = () => {};
    const connections = createRecordingConnections();
    connections.post = () => new Promise((resolve) => (deliver = () => resolve('delivered')));
    let answered = false;
    const result = createMessage(messageDependencies({ connections }))(
      eventOf({ type: 'chat_message', data: { content: 'hi' } }),
    ).then(() => (answered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    deliver();
    await result;
    expect(answered).toBe(true);
  });

  it.each<[string, Error, infos: string[], errors: string[]]>([
    ['throttled', new ConnectionError('throttled'), ['acknowledge_throttled'], []],
    ['out of reach', new Error('no route'), [], ['acknowledge_failed']],
  ])('answers although `processing` is %s, which is an error of ours or not', async (_, thrown, infos, errors) => {
    const log = createRecordingLog();
    const dependencies = messageDependencies({ log, connections: createRecordingConnections(() => thrown) });
    const result = await createMessage(dependencies)(eventOf({ type: 'chat_message', data: { content: 'hi' } }));
    expect(frameOf(result)).toMatchObject({ type: 'chat_response' });
    expect(log.infos).toEqual(infos);
    expect(log.errors.map(({ event }) => event)).toEqual(errors);
  });

  it('calls an answer that was not posted an error, whoever is to blame', async () => {
    const log = createRecordingLog();
    const connections = createRecordingConnections(() => new ConnectionError('throttled'));
    const dependencies = messageDependencies({ log, connections, replyBy: 'post' });
    await createMessage(dependencies)(eventOf({ type: 'ping' }));
    expect(log.errors.map(({ event }) => event)).toEqual(['reply_failed']);
  });

  it('answers although the counter and the history fail, and logs both with their causes', async () => {
    const sessions = createTestSessions();
    sessions.touch = () => Promise.reject(new Error('no update'));
    sessions.append = () => Promise.reject(new Error('no batch'));
    const log = createRecordingLog();
    const result = await createMessage(messageDependencies({ sessions, log }))(
      eventOf({ type: 'chat_message', data: { content: 'hi' } }),
    );
    expect(frameOf(result).type).toBe('chat_response');
    expect(log.errors).toEqual([
      { event: 'count_failed', cause: new Error('no update') },
      { event: 'history_failed', cause: new Error('no batch') },
    ]);
  });

  it('turns a throw into internal_error, without a word of its cause', async () => {
    const log = createRecordingLog();
    const responder = {
      model: 'broken',
      respond: () => Promise.reject(new Error('secret: the password is 1234')),
    };
    const result = await createMessage(messageDependencies({ responder, log }))(
      eventOf({ type: 'chat_message', data: { content: 'hi' }, message_id: 'mine' }),
    );
    expect(frameOf(result)).toMatchObject({ type: 'error', data: { code: 'internal_error' }, reply_to: 'mine' });
    expect(JSON.stringify(result)).not.toContain('1234');
    expect(log.errors).toEqual([{ event: 'message_failed', cause: new Error('secret: the password is 1234') }]);
  });

  it('keeps a message whose answer would be too large, and says so to its sender', async () => {
    const dependencies = messageDependencies();
    const { clientId } = peerFromEvent(connection);
    const content = 'x'.repeat(130_990);
    const result = await createMessage(dependencies)(eventOf({ type: 'chat_message', data: { content } }));
    expect(frameOf(result).data.code).toBe('payload_too_large');
    const { rows } = await dependencies.sessions.history(clientId, { limit: 10 });
    expect(rows.map(({ direction }) => direction)).toEqual(['in']);
  });

  it('takes the client_id of the authorizer where there is one', () => {
    const authorizer = { client_id: 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11' };
    expect(peerFromEvent({ requestContext: { connectionId: 'x', authorizer } }).clientId).toBe(authorizer.client_id);
  });

  it('makes the same UUID of the same connection id each time', () => {
    const { clientId } = peerFromEvent(connection);
    expect(clientId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(peerFromEvent(connection).clientId).toBe(clientId);
    expect(peerFromEvent({ requestContext: { connectionId: 'other' } }).clientId).not.toBe(clientId);
  });
});
