/** Pushes with an `Idempotency-Key` whose first run died before its answer was stored: the retry must not send a different message. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { create as createCalls } from '../../../lambdas/http/calls';
import { create as createPush } from '../../../lambdas/http/push';
import { newUuid, systemClock } from '../../../lambdas/ports/runtime';
import {
  connectClients,
  connectionOf,
  createRecordingConnections,
  createRecordingLog,
  createRecordingTasks,
  createTestAnswers,
  createTestBroadcasts,
  createTestCalls,
  createTestClients,
  createTestHistory,
  noPresence,
} from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';

async function prepare() {
  const [clients, history] = [createTestClients(), createTestHistory()];
  await connectClients(clients, [clientId]);
  const connections = createRecordingConnections();
  const answers = createTestAnswers();
  answers.keep = answers.release; // as if each run had died before its answer was stored
  const dependencies = {
    ...{ clients, history, connections, ...noPresence() },
    ...{ calls: createTestCalls(history), answers, broadcasts: createTestBroadcasts() },
    ...{ accessControl: false, clock: systemClock, newId: newUuid, tasks: createRecordingTasks() },
    log: createRecordingLog(),
  };
  const [push, calls] = [createPush(dependencies), createCalls(dependencies)];

  async function call(routeKey: string, body: object, more: object = {}) {
    const event = { routeKey, body: JSON.stringify(body), headers: { 'idempotency-key': 'order-17' }, ...more };
    const serve = routeKey === 'POST /call_tool' ? calls : push;
    const result = await serve({ isBase64Encoded: false, ...event } as unknown as APIGatewayProxyEventV2);
    return { status: result.statusCode, body: JSON.parse(result.body ?? 'null') };
  }

  return {
    ...dependencies,
    call,
    frames: () => connections.posts.map(({ frame }) => frame as unknown as { message_id: string; seq?: number }),
    leave: () => clients.disconnect(clientId, connectionOf(clientId).connectionId),
  };
}

it.each([
  ['POST /send_message', { client_id: clientId, content: 'hello' }, {}],
  ['POST /clients/{client_id}/messages', { message_type: 'news' }, { pathParameters: { client_id: clientId } }],
  ['POST /messages', { message_type: 'news', client_ids: [clientId] }, {}],
  ['POST /broadcast', { message_type: 'news' }, {}],
])('%s: the retry sends the message_id of the first run', async (routeKey, body, more) => {
  const { call, frames } = await prepare();
  await call(routeKey, body, more);
  await call(routeKey, body, more);
  const ids = frames().map(({ message_id }) => message_id);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

it('POST /messages: each client gets its own message_id', async () => {
  const { call, frames, clients } = await prepare();
  await connectClients(clients, ['another']);
  await call('POST /messages', { message_type: 'news', client_ids: [clientId, 'another'] });
  expect(new Set(frames().map(({ message_id }) => message_id)).size).toBe(2);
});

describe('POST /call_tool', () => {
  const body = { client_id: clientId, tool_name: 'show' };

  it('makes no second call: the retry sends the first frame again', async () => {
    const { call, frames, history } = await prepare();
    await call('POST /call_tool', body);
    const again = await call('POST /call_tool', body);
    const [first, second] = frames();
    expect(second).toEqual(first);
    expect(again).toMatchObject({ status: 200, body: { delivery: 'posted', ...idsOf(first) } });
    expect((await history.page(clientId, { limit: 10 })).rows).toHaveLength(1);
  });

  it('holds the call if the client has left and the call may be held', async () => {
    const { call, frames, leave } = await prepare();
    const held = { ...body, hold_seconds: 60 };
    await call('POST /call_tool', held);
    await leave();
    const again = await call('POST /call_tool', held);
    expect(again).toMatchObject({ status: 202, body: { delivery: 'held', ...idsOf(frames()[0]) } });
    expect(frames()).toHaveLength(1);
  });

  it('does not send a call again after it has ended', async () => {
    const { call, calls, clients, frames } = await prepare();
    await call('POST /call_tool', body);
    const position = (await clients.get(clientId))?.position ?? { epoch: '', seq: 0 };
    await calls.end(clientId, position, { status: 'completed', by: 'client' });
    expect(await call('POST /call_tool', body)).toMatchObject({ status: 200, body: idsOf(frames()[0]) });
    expect(frames()).toHaveLength(1);
  });

  it('makes a new call with another key', async () => {
    const { call, frames } = await prepare();
    await call('POST /call_tool', body);
    await call('POST /call_tool', body, { headers: { 'idempotency-key': 'order-18' } });
    const [first, second] = frames();
    expect(second?.message_id).not.toBe(first?.message_id);
  });

  function idsOf(frame: unknown) {
    const { data, message_id } = frame as { data: { call_id: string }; message_id: string };
    return { call_id: data.call_id, message_id };
  }
});
