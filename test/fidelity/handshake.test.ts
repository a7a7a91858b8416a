/** Rows 10 to 14 of docs/fidelity.md: $connect decides before the 101, and until then there is no connection. */
import { once } from 'node:events';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { WebSocket } from 'ws';
import type { HandlerResult } from '../../local/gateway/handler';
import { deferred } from '../support/deferred';
import { accepted, handshake, refused } from '../support/handshake';
import { callConnection } from '../support/signed-call';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

let gateway: TestGateway;

afterEach(() => gateway.stop(100));

async function startAnswering(result: HandlerResult) {
  gateway = await startTestGateway({ connect: async () => result });
}

/** A gateway whose $connect waits for the test. */
async function startPending() {
  const asked = deferred<string>();
  const answer = deferred<HandlerResult>();
  gateway = await startTestGateway({
    connect({ requestContext }) {
      asked.resolve(requestContext.connectionId);
      return answer.promise;
    },
  });
  return { asked: asked.promise, answer };
}

function post(connectionId: string): Promise<Response> {
  return callConnection(gateway, 'POST', connectionId, '{}');
}

describe('$connect answers', () => {
  it('row 10: the upgrade is held until $connect has returned', async () => {
    const { asked, answer } = await startPending();
    let isAnswered = false;
    const offered = handshake(gateway.url).finally(() => {
      isAnswered = true;
    });
    await post(await asked); // a round trip on another connection: an early answer would have arrived
    expect(isAnswered).toBe(false);
    answer.resolve({ statusCode: 200 });
    expect(await offered).toStrictEqual(accepted());
  });

  it.each([200, 201, 204, 299])('row 10: %d gives 101', async (statusCode) => {
    await startAnswering({ statusCode, body: 'goes nowhere', headers: { 'X-Header': 'neither' } });
    expect(await handshake(gateway.url)).toStrictEqual(accepted());
  });

  it.each([300, 302, 400, 401, 403, 404, 418, 429, 500, 502, 503, 599])(
    'row 11: the handshake fails with %d if $connect returns that, and no $disconnect follows',
    async (statusCode) => {
      await startAnswering({ statusCode });
      expect(await handshake(gateway.url)).toStrictEqual(refused(statusCode));
      await gateway.stop(100);
      expect(gateway.disconnects).toEqual([]);
    },
  );

  it('row 12: the handshake fails with 502 if $connect throws, without the error text', async () => {
    const error = new Error('the table is gone');
    gateway = await startTestGateway({ connect: () => Promise.reject(error) });
    expect(await handshake(gateway.url)).toStrictEqual(refused(502));
    expect(gateway.errors).toEqual([{ route: '$connect', error }]);
    await gateway.stop(100);
    expect(gateway.disconnects).toEqual([]);
  });

  it.each([
    undefined,
    null,
    {},
    'fine',
    200,
    true,
    [],
    { body: 'no status' },
    { statusCode: '200' },
    { statusCode: 'abc' },
    { statusCode: null },
    { statusCode: 200.5 },
    { statusCode: 0 },
    { statusCode: 101 },
    { statusCode: 600 },
  ])('row 12: the handshake fails with 502 if $connect answers %j', async (result) => {
    await startAnswering(result as HandlerResult);
    expect(await handshake(gateway.url)).toStrictEqual(refused(502));
  });
});

describe('subprotocols', () => {
  it('row 13: none is selected if $connect returns no header', async () => {
    await startAnswering({ statusCode: 200 });
    expect(await handshake(gateway.url, { 'Sec-WebSocket-Protocol': 'chat.v1, chat.v2' })).toStrictEqual(accepted());
    expect(gateway.connects[0]?.headers['Sec-WebSocket-Protocol']).toBe('chat.v1, chat.v2');
  });

  it('row 13: a client of ws that offers some then fails, as browsers do', async () => {
    await startAnswering({ statusCode: 200 });
    const socket = new WebSocket(gateway.url, ['chat.v1', 'chat.v2']);
    const [error] = await once(socket, 'error');
    expect(error.message).toBe('Server sent no subprotocol');
  });

  it.each(['Sec-WebSocket-Protocol', 'sec-websocket-protocol'])(
    'row 13: the client gets what $connect returns in %s',
    async (name) => {
      await startAnswering({ statusCode: 200, headers: { [name]: 'chat.v2' } });
      const offer = { 'Sec-WebSocket-Protocol': 'chat.v1, chat.v2' };
      expect(await handshake(gateway.url, offer)).toStrictEqual(accepted('chat.v2'));
      const socket = new WebSocket(gateway.url, ['chat.v1', 'chat.v2']);
      await once(socket, 'open');
      expect(socket.protocol).toBe('chat.v2');
      socket.terminate();
    },
  );

  it('row 13: two concurrent clients each get the one chosen for them', async () => {
    gateway = await startTestGateway({
      connect: async ({ queryStringParameters = {} }) => ({
        statusCode: 200,
        headers: { 'Sec-WebSocket-Protocol': String(queryStringParameters.wants) },
      }),
    });
    const offer = { 'Sec-WebSocket-Protocol': 'chat.v1, chat.v2' };
    const answers = ['chat.v1', 'chat.v2'].map((name) => handshake(`${gateway.url}/?wants=${name}`, offer));
    expect(await Promise.all(answers)).toStrictEqual([accepted('chat.v1'), accepted('chat.v2')]);
  });
});

describe('while $connect runs', () => {
  it('row 14: a POST answers 410, and 200 once the client is connected', async () => {
    const { asked, answer } = await startPending();
    const socket = new WebSocket(gateway.url);
    const connectionId = await asked;
    const early = await post(connectionId);
    expect(early.status).toBe(410);
    expect(early.headers.get('x-amzn-errortype')).toBe('GoneException');
    expect(await early.json()).toEqual({ message: 'Gone' });
    answer.resolve({ statusCode: 200 });
    await once(socket, 'open');
    expect((await post(connectionId)).status).toBe(200);
    socket.terminate();
  });

  it.each([
    ['PostToConnection', (id: string) => new PostToConnectionCommand({ ConnectionId: id, Data: '{}' })],
    ['GetConnection', (id: string) => new GetConnectionCommand({ ConnectionId: id })],
    ['DeleteConnection', (id: string) => new DeleteConnectionCommand({ ConnectionId: id })],
  ])('row 14: %s of the SDK throws GoneException, and the client still connects', async (_, command) => {
    const { asked, answer } = await startPending();
    const socket = new WebSocket(gateway.url);
    const management = new ApiGatewayManagementApiClient({
      endpoint: gateway.connectionsUrl,
      credentials: gateway.connectionsCredentials,
      region: 'local',
    });
    const call = management.send(command(await asked) as PostToConnectionCommand);
    await expect(call).rejects.toMatchObject({ name: 'GoneException', $metadata: { httpStatusCode: 410 } });
    answer.resolve({ statusCode: 200 });
    await once(socket, 'open');
    management.destroy();
    socket.terminate();
  });
});
