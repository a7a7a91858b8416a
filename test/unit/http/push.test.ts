import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { create } from '../../../lambdas/http/push';
import { ConnectionError, type Connections } from '../../../lambdas/ports/connections';
import { newUuid } from '../../../lambdas/ports/runtime';
import { httpCalls } from '../../../lambdas/protocol/http-calls';
import { createFakeClock } from '../../support/fake-clock';
import {
  connectClients,
  createRecordingConnections,
  createRecordingLog,
  createRecordingTasks,
  createTestAnswers,
  createTestBroadcasts,
  createTestClients,
  createTestHistory,
  noPresence,
} from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';

function event(routeKey: string, body: unknown): APIGatewayProxyEventV2 {
  return { routeKey, body: JSON.stringify(body), isBase64Encoded: false } as APIGatewayProxyEventV2;
}

async function prepare(connections: Connections, clientIds = [clientId]) {
  const log = createRecordingLog();
  const clients = createTestClients();
  const history = createTestHistory();
  await connectClients(clients, clientIds);
  const broadcasts = createTestBroadcasts();
  const tasks = createRecordingTasks();
  const clock = createFakeClock(Date.now());
  const answers = createTestAnswers(clock);
  const stores = { clients, history, broadcasts, answers, accessControl: false };
  const push = create({ ...stores, ...noPresence(), connections, tasks, clock, newId: newUuid, log });
  const send = async (routeKey: string, body: unknown, given: Record<string, string> = {}) => {
    const { statusCode, headers, body: text } = await push({ ...event(routeKey, body), headers: given });
    return { statusCode, headers, body: JSON.parse(text ?? 'null') };
  };
  return { ...stores, clock, tasks, log, send, push };
}

describe('a push', () => {
  it('answers with the message_id of the frame that the client got', async () => {
    const connections = createRecordingConnections();
    const { send } = await prepare(connections);
    const { statusCode, body } = await send('POST /send_message', { client_id: clientId, content: 'hi' });
    expect(statusCode).toBe(200);
    expect(connections.posts).toMatchObject([
      { connectionId: `on-${clientId}`, frame: { type: 'chat_message', message_id: body.message_id } },
    ]);
  });

  it('is 409 if the client left during the call, and takes it offline', async () => {
    const { send, clients, history } = await prepare(createRecordingConnections(() => 'gone'));
    const { statusCode, body } = await send('POST /send_message', { client_id: clientId, content: 'hi' });
    expect([statusCode, body.code]).toEqual([409, 'client_gone']);
    expect(await clients.get(clientId)).toBeUndefined();
    expect((await history.page(clientId, { limit: 10 })).rows).toEqual([]);
  });

  it('is 429 with Retry-After if the platform throttles it, and the session stays', async () => {
    const { send, clients, history } = await prepare(
      createRecordingConnections(() => new ConnectionError('throttled')),
    );
    const { statusCode, headers, body } = await send('POST /send_message', { client_id: clientId, content: 'hi' });
    expect([statusCode, headers?.['retry-after'], body.code]).toEqual([429, '1', 'rate_limited']);
    expect(await clients.get(clientId)).toBeDefined();
    expect((await history.page(clientId, { limit: 10 })).rows).toEqual([]);
  });

  it('is 500 without internals for any other failure, and logs the cause', async () => {
    const { send, log } = await prepare(createRecordingConnections(() => new Error('secret host 10.1.2.3')));
    const { statusCode, body } = await send('POST /send_message', { client_id: clientId, content: 'hi' });
    expect([statusCode, body.code]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(body)).not.toContain('10.1.2.3');
    expect(body.detail).toContain('may have'); // a retry must not be called safe
    expect(log.errors).toEqual([{ event: 'call_failed', cause: new Error('secret host 10.1.2.3') }]);
  });

  it('sends nothing if its record cannot be written first', async () => {
    const connections = createRecordingConnections();
    const { send, history } = await prepare(connections);
    history.put = () => Promise.reject(new Error('no write'));
    expect((await send('POST /send_message', { client_id: clientId, content: 'hi' })).statusCode).toBe(500);
    expect(connections.posts).toEqual([]);
  });

  it('is in the history before it is posted, and stays there if the post may have arrived', async () => {
    const connections = createRecordingConnections(() => new ConnectionError('failed'));
    const { send, history } = await prepare(connections);
    const { post } = connections;
    let recordsAtPost = 0;
    connections.post = async (...args) => {
      recordsAtPost = (await history.page(clientId, { limit: 10 })).rows.length;
      return post(...args);
    };
    await send('POST /send_message', { client_id: clientId, content: 'hi' });
    expect(recordsAtPost).toBe(1);
    expect((await history.page(clientId, { limit: 10 })).rows).toHaveLength(1);
  });

  it('accepts a body that the platform passes in Base64', async () => {
    const { push } = await prepare(createRecordingConnections());
    const body = Buffer.from(JSON.stringify({ client_id: clientId, content: 'hi' })).toString('base64');
    const encoded = { ...event('POST /send_message', undefined), body, isBase64Encoded: true };
    expect((await push(encoded)).statusCode).toBe(200);
  });
});

describe('a broadcast to few clients', () => {
  it('reaches everybody else if some are gone and some fail, and its counts add up', async () => {
    const clientIds = Array.from({ length: 500 }, () => newUuid());
    const outcome = (id: string) => {
      const index = clientIds.indexOf(id.slice(3));
      if (index % 10 === 0) return 'gone';
      return index % 10 === 1 ? new ConnectionError('throttled') : 'delivered';
    };
    const connections = createRecordingConnections(outcome);
    const { send, clients, history, broadcasts, tasks, log } = await prepare(connections, clientIds);
    const { statusCode, body } = await send('POST /broadcast', { message_type: 'notice', data: { n: 1 } });
    expect([statusCode, body]).toMatchObject([200, { recipients: 500, gone: 50, delivered: 400 }]);
    expect(new Set(connections.posts.map(({ connectionId }) => connectionId)).size).toBe(500);
    expect(await clients.count()).toBe(450);
    const kept = await history.page(clientIds[2] as string, { limit: 10 });
    expect(kept.rows.map(({ messageId }) => messageId)).toEqual([body.message_id]);
    expect((await history.page(clientIds[1] as string, { limit: 10 })).rows).toEqual([]);
    expect((await broadcasts.get(body.broadcast_id))?.progress).toMatchObject([{ failed: 50, finished: true }]);
    expect(log.errors).toEqual([{ event: 'broadcast_posts_failed', cause: new ConnectionError('throttled') }]);
    expect(tasks.started).toEqual([]);
  });

  it('is never 429, even if the platform throttles all of its posts, and does not document one', async () => {
    const { send, broadcasts } = await prepare(createRecordingConnections(() => new ConnectionError('throttled')));
    const { statusCode, body } = await send('POST /broadcast', { message_type: 'notice' });
    expect([statusCode, body]).toMatchObject([200, { recipients: 1, delivered: 0, gone: 0 }]);
    expect((await broadcasts.get(body.broadcast_id))?.progress).toMatchObject([{ failed: 1, finished: true }]);
    expect(httpCalls['POST /broadcast'].problems).not.toContain('rate_limited');
  });

  it('counts clients as gone even if their session can’t be ended', async () => {
    const { send, clients, log } = await prepare(createRecordingConnections(() => 'gone'));
    clients.markGone = () => Promise.reject(new Error('no update'));
    const { body } = await send('POST /broadcast', { message_type: 'notice' });
    expect(body).toMatchObject({ recipients: 1, delivered: 0, gone: 1 });
    expect(log.errors).toEqual([{ event: 'mark_gone_failed', cause: new Error('no update') }]);
  });

  it.each(['save', 'checkpoint'] as const)('succeeds if its %s fails after all clients have it', async (write) => {
    const { send, broadcasts, log } = await prepare(createRecordingConnections());
    broadcasts[write] = (): Promise<never> => Promise.reject(new Error('no put'));
    const { statusCode, body } = await send('POST /broadcast', { message_type: 'notice' });
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({ recipients: 1, delivered: 1 });
    expect(log.errors).toEqual([{ event: 'broadcast_record_failed', cause: new Error('no put') }]);
  });

  it('posts to a bounded number of clients at a time', async () => {
    let open = 0;
    let most = 0;
    const connections = createRecordingConnections();
    connections.post = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return 'delivered' as const;
    };
    const { send } = await prepare(
      connections,
      Array.from({ length: 300 }, () => newUuid()),
    );
    await send('POST /broadcast', { message_type: 'notice' });
    expect(most).toBe(50);
  });
});

describe('a broadcast to many clients', () => {
  const clients = Array.from({ length: 501 }, () => newUuid());

  it('is accepted, and starts one task per segment', async () => {
    const connections = createRecordingConnections();
    const { send, broadcasts, tasks } = await prepare(connections, clients);
    const { statusCode, body } = await send('POST /broadcast', { message_type: 'notice', data: { n: 1 } });
    expect([statusCode, body]).toEqual([
      202,
      { status: 'accepted', message_id: expect.any(String), broadcast_id: expect.any(String) },
    ]);
    const { broadcast, progress = [] } = (await broadcasts.get(body.broadcast_id)) ?? {};
    expect(broadcast).toMatchObject({ messageId: body.message_id, segments: 16 });
    expect(JSON.parse(broadcast?.text ?? '')).toMatchObject({
      type: 'notice',
      data: { n: 1 },
      message_id: body.message_id,
    });
    expect(progress).toEqual(Array(16).fill(undefined));
    expect(tasks.started).toEqual(
      progress.map((_, segment) => ({ task: 'broadcast_segment', broadcastId: body.broadcast_id, segment })),
    );
    expect(connections.posts).toEqual([]);
  });

  it('is recognized by reading a single page, without a count', async () => {
    const { send, clients: store } = await prepare(createRecordingConnections(), clients);
    const list = jest.spyOn(store, 'list');
    const count = jest.spyOn(store, 'count');
    await send('POST /broadcast', { message_type: 'notice' });
    expect([list, count].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });

  it('is 500 if a task can’t be started, after starting all others', async () => {
    const { send, tasks, log } = await prepare(createRecordingConnections(), clients);
    const { start } = tasks;
    tasks.start = (task) => ('segment' in task && task.segment === 3 ? Promise.reject(new Error('no')) : start(task));
    expect((await send('POST /broadcast', { message_type: 'notice' })).statusCode).toBe(500);
    expect(tasks.started).toHaveLength(15);
    expect(log.errors).toEqual([{ event: 'call_failed', cause: new Error('no') }]);
  });
});
