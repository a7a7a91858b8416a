import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { defineTool } from '../../lambdas/ports/tool';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

let server: TestServer;

afterEach(() => server.stop());

const SECRET = 'password=hunter2';

function expectNoInternals(frame: unknown): void {
  const text = JSON.stringify(frame);
  expect(text).not.toContain(SECRET);
  expect(text).not.toMatch(/ at |\.ts\b|node_modules/);
}

describe('a failure for one client', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error(SECRET);
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error(SECRET);
      },
    ],
    [
      'throws something that is not an Error',
      () => {
        throw SECRET;
      },
    ],
  ])('in a responder that %s is answered with internal_error, and affects nobody else', async (_, fail) => {
    const responder = {
      inline: true,
      model: 'moody',
      respond: async ({ content }: { content: string }) => (content === 'fail' ? fail() : `heard ${content}`),
    };
    server = await startTestServer({}, { app: { ...testApp, responder: responder as never } });
    const [unlucky, other] = await Promise.all([
      TestClient.connect(server.webSocketUrl),
      TestClient.connect(server.webSocketUrl),
    ]);
    const [error, answer] = await Promise.all([
      unlucky.ask({ type: 'chat_message', data: { content: 'fail' }, message_id: 'm1' }),
      other.ask({ type: 'chat_message', data: { content: 'me' } }),
    ]);
    expect(error).toMatchObject({ type: 'error', reply_to: 'm1', data: { code: 'internal_error' } });
    expectNoInternals(error);
    expect(answer).toMatchObject({ type: 'chat_response', data: { content: 'heard me' } });
    const logged = server.log.filter(({ level }) => level === 'error');
    expect(logged).toMatchObject([{ event: 'message_failed', fields: { client_id: unlucky.clientId } }]);
    expect(String(logged[0]?.cause)).toContain(SECRET);
    expect(await unlucky.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('in a tool that throws is a failed tool_response', async () => {
    const broken = defineTool({
      name: 'broken',
      description: 'Throws.',
      params: z.object({}),
      run() {
        throw new Error(SECRET);
      },
    });
    server = await startTestServer({}, { app: { ...testApp, tools: [broken] } });
    const client = await TestClient.connect(server.webSocketUrl);
    const answer = await client.ask({ type: 'tool_call', data: { tool_name: 'broken' } });
    expect(answer).toMatchObject({
      type: 'tool_response',
      data: { tool_name: 'broken', status: 'failed', result: null, error: { code: 'internal_error' } },
    });
    expectNoInternals(answer);
    expect(server.log).toContainEqual(expect.objectContaining({ event: 'tool_failed', cause: new Error(SECRET) }));
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });
});

/** One client of many: it only keeps the numbers of the broadcasts that it received. */
async function joinCrowd(url: string) {
  const numbers: number[] = [];
  const socket = new WebSocket(url);
  let heard = (_: number): void => {};
  const greeted = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString());
      if (frame.type === 'connection_established') return resolve();
      numbers.push(frame.data.number);
      heard(frame.data.number);
    });
  });
  await Promise.all([once(socket, 'open'), greeted]);
  return {
    socket,
    numbers,
    /** Resolves when the broadcast with that number has arrived. */
    until: (number: number) =>
      new Promise<void>((resolve) => {
        heard = (got) => got === number && resolve();
        if (numbers.includes(number)) resolve();
      }),
  };
}

describe('a client that stops reading', () => {
  /** Several times what the operating system buffers for one connection. */
  const MOST_PUSHES = 600;
  const CONTENT = 'x'.repeat(100_000);

  it('is cut off, while 1,000 others get every broadcast in order', async () => {
    server = await startTestServer();
    const crowd: Awaited<ReturnType<typeof joinCrowd>>[] = [];
    while (crowd.length < 1_000) {
      crowd.push(...(await Promise.all(Array.from({ length: 100 }, () => joinCrowd(server.webSocketUrl)))));
    }
    const stalled = await TestClient.connect(server.webSocketUrl);
    stalled.socket.on('error', () => {}); // it is cut off in the middle of a frame
    stalled.socket.pause();

    let broadcasts = 0;
    async function broadcast() {
      const data = { number: broadcasts };
      const { body } = await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news', data });
      broadcasts += 1;
      return eventually(async () => {
        const state = await call('GET', `${server.httpUrl}/broadcasts/${body.broadcast_id}`);
        expect(state.body.status).toBe('completed');
        return state.body;
      });
    }
    let status = 200;
    for (let pushes = 0; status === 200 && pushes < MOST_PUSHES; pushes += 1) {
      const push = { client_id: stalled.clientId, content: CONTENT };
      ({ status } = await call('POST', `${server.httpUrl}/send_message`, push));
      if (pushes % 10 === 0) expect(await broadcast()).toMatchObject({ recipients: status === 200 ? 1_001 : 1_000 });
    }
    expect(status).toBe(409);
    expect((await call('GET', `${server.httpUrl}/clients/${stalled.clientId}`)).status).toBe(404);
    expect(await broadcast()).toMatchObject({ recipients: 1_000, delivered: 1_000, gone: 0 });

    await Promise.all(crowd.map((client) => client.until(broadcasts - 1)));
    const inOrder = Array.from({ length: broadcasts }, (_, number) => number);
    expect(crowd.filter(({ numbers }) => numbers.join() !== inOrder.join())).toEqual([]);
    stalled.socket.resume();
    expect((await stalled.closed).code).toBe(1006);
    const gone = server.log.filter(
      ({ event, fields }) => event === 'disconnected' && fields?.client_id === stalled.clientId,
    );
    expect(gone).toMatchObject([{ fields: { code: 1006 } }]);
    for (const { socket } of crowd) socket.terminate();
  });

  it('is counted as gone by the broadcast that found it gone', async () => {
    server = await startTestServer();
    const clients = await Promise.all([1, 2, 3].map(() => TestClient.connect(server.webSocketUrl)));
    const [stalled] = clients as [TestClient];
    stalled.socket.on('error', () => {}); // it is cut off in the middle of a frame
    stalled.socket.pause();
    const news = { message_type: 'news', data: { text: CONTENT } };
    let result = { recipients: 0, delivered: 0, gone: 0, broadcast_id: '' };
    for (let sent = 0; result.gone === 0 && sent < MOST_PUSHES; sent += 1) {
      result = (await call('POST', `${server.httpUrl}/broadcast`, news)).body;
    }
    expect(result).toMatchObject({ recipients: 3, delivered: 2, gone: 1 });
    const { body } = await call('GET', `${server.httpUrl}/broadcasts/${result.broadcast_id}`);
    expect(body).toMatchObject({ status: 'completed', recipients: 3, delivered: 2, gone: 1, failed: 0 });
    expect((await call('POST', `${server.httpUrl}/broadcast`, news)).body).toMatchObject({
      recipients: 2,
      delivered: 2,
    });
  });
});
