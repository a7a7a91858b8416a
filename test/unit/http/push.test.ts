import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createMemoryBroadcasts } from '../../../lambdas/broadcasts/memory-broadcasts';
import { ConnectionError, type Connections } from '../../../lambdas/connections/connections';
import { createPush } from '../../../lambdas/http/push';
import { newUuid, systemClock } from '../../../lambdas/runtime';
import {
  createRecordingConnections,
  createRecordingLog,
  createRecordingTasks,
  createTestSessions,
  openSessions,
} from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';

function event(routeKey: string, body: unknown): APIGatewayProxyEventV2 {
  return { routeKey, body: JSON.stringify(body), isBase64Encoded: false } as APIGatewayProxyEventV2;
}

async function prepare(connections: Connections, clients = [clientId]) {
  const log = createRecordingLog();
  const sessions = createTestSessions();
  await openSessions(sessions, clients);
  const broadcasts = createMemoryBroadcasts();
  const tasks = createRecordingTasks();
  const push = createPush({ sessions, connections, broadcasts, tasks, clock: systemClock, newId: newUuid, log });
  const send = async (routeKey: string, body: unknown) => {
    const { statusCode, headers, body: text } = await push(event(routeKey, body));
    return { statusCode, headers, body: JSON.parse(text ?? 'null') };
  };
  return { sessions, broadcasts, tasks, log, send, push };
}

describe('pushing', () => {
  it('answers with the id of the frame that the client got', async () => {
    const connections = createRecordingConnections();
    const { send } = await prepare(connections);
    const { statusCode, body } = await send('POST /send_message', { client_id: clientId, content: 'hi' });
    expect(statusCode).toBe(200);
    expect(connections.posts).toMatchObject([
      { connectionId: `on-${clientId}`, frame: { type: 'chat_message', message_id: body.message_id } },
    ]);
  });

  it('is 409 where the client went away while the call ran, and ends its session', async () => {
    const { send, sessions } = await prepare(createRecordingConnections(() => 'gone'));
    const { statusCode, body } = await send('POST /send_message', { client_id: clientId, content: 'hi' });
    expect([statusCode, body.code]).toEqual([409, 'client_gone']);
    expect(await sessions.get(clientId)).toBeUndefined();
    expect((await sessions.history(clientId, { limit: 10 })).rows).toEqual([]);
  });

  it('is 429 with Retry-After where the platform throttles, and the session stays', async () => {
    const { send, sessions } = await prepare(createRecordingConnections(() => new ConnectionError('throttled')));
    const { statusCode, headers, body } = await send('POST /call_tool', { client_id: clientId, tool_name: 'add' });
    expect([statusCode, headers?.['retry-after'], body.code]).toEqual([429, '1', 'rate_limited']);
    expect(await sessions.get(clientId)).toBeDefined();
  });

  it('is 500 without internals where anything else fails, and logs the cause', async () => {
    const { send, log } = await prepare(createRecordingConnections(() => new Error('secret host 10.1.2.3')));
    const { statusCode, body } = await send('POST /send_message', { client_id: clientId, content: 'hi' });
    expect([statusCode, body.code]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(body)).not.toContain('10.1.2.3');
    expect(body.detail).toContain('may have gone out all the same'); // nobody knows: it must not be called safe to try again
    expect(log.errors).toEqual([{ event: 'call_failed', cause: new Error('secret host 10.1.2.3') }]);
  });

  it('is delivered although the history fails', async () => {
    const { send, sessions, log } = await prepare(createRecordingConnections());
    sessions.append = () => Promise.reject(new Error('no batch'));
    expect((await send('POST /send_message', { client_id: clientId, content: 'hi' })).statusCode).toBe(200);
    expect(log.errors).toEqual([{ event: 'history_failed', cause: new Error('no batch') }]);
  });

  it('reads a body that the platform gave in base64', async () => {
    const { push } = await prepare(createRecordingConnections());
    const body = Buffer.from(JSON.stringify({ client_id: clientId, content: 'hi' })).toString('base64');
    const encoded = { ...event('POST /send_message', undefined), body, isBase64Encoded: true };
    expect((await push(encoded)).statusCode).toBe(200);
  });
});

describe('a broadcast to few', () => {
  it('reaches everybody else when some are gone and some fail, and its counts add up', async () => {
    const clients = Array.from({ length: 500 }, () => newUuid());
    const outcome = (id: string) => {
      const index = clients.indexOf(id.slice(3));
      if (index % 10 === 0) return 'gone';
      return index % 10 === 1 ? new ConnectionError('throttled') : 'delivered';
    };
    const connections = createRecordingConnections(outcome);
    const { send, sessions, broadcasts, tasks, log } = await prepare(connections, clients);
    const { statusCode, body } = await send('POST /broadcast', { message_type: 'notice', data: { n: 1 } });
    expect([statusCode, body]).toMatchObject([200, { recipients: 500, gone: 50, delivered: 400 }]);
    expect(new Set(connections.posts.map(({ connectionId }) => connectionId)).size).toBe(500);
    expect(await sessions.count()).toBe(450);
    const kept = await sessions.history(clients[2] as string, { limit: 10 });
    expect(kept.rows.map(({ messageId }) => messageId)).toEqual([body.message_id]);
    expect((await sessions.history(clients[1] as string, { limit: 10 })).rows).toEqual([]);
    expect((await broadcasts.get(body.broadcast_id))?.progress).toMatchObject([{ failed: 50, finished: true }]);
    expect(log.errors).toEqual([{ event: 'broadcast_posts_failed', cause: new ConnectionError('throttled') }]);
    expect(tasks.started).toEqual([]);
  });

  it('counts as gone who is gone, also where the session can’t be ended', async () => {
    const { send, sessions, log } = await prepare(createRecordingConnections(() => 'gone'));
    sessions.close = () => Promise.reject(new Error('no delete'));
    const { body } = await send('POST /broadcast', { message_type: 'notice' });
    expect(body).toMatchObject({ recipients: 1, delivered: 0, gone: 1 });
    expect(log.errors).toEqual([{ event: 'session_close_failed', cause: new Error('no delete') }]);
  });

  it.each(['save', 'checkpoint'] as const)('is no error where all have it and its %s fails', async (write) => {
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
      return 'delivered';
    };
    const { send } = await prepare(
      connections,
      Array.from({ length: 300 }, () => newUuid()),
    );
    await send('POST /broadcast', { message_type: 'notice' });
    expect(most).toBe(50);
  });
});

describe('a broadcast to many', () => {
  const clients = Array.from({ length: 501 }, () => newUuid());

  it('is accepted, and left to one task a segment', async () => {
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

  it('is told from one to few by a single page, and no count', async () => {
    const { send, sessions } = await prepare(createRecordingConnections(), clients);
    const list = jest.spyOn(sessions, 'list');
    const count = jest.spyOn(sessions, 'count');
    await send('POST /broadcast', { message_type: 'notice' });
    expect([list, count].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });

  it('is 500 where a task can’t be started, once all that could be are', async () => {
    const { send, tasks, log } = await prepare(createRecordingConnections(), clients);
    const { start } = tasks;
    tasks.start = (task) => ('segment' in task && task.segment === 3 ? Promise.reject(new Error('no')) : start(task));
    expect((await send('POST /broadcast', { message_type: 'notice' })).statusCode).toBe(500);
    expect(tasks.started).toHaveLength(15);
    expect(log.errors).toEqual([{ event: 'call_failed', cause: new Error('no') }]);
  });
});
