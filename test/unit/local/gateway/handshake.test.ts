import { once } from 'node:events';
import { WebSocket } from 'ws';
import { deferred } from '../../../support/deferred';
import { TestClient } from '../../../support/test-client';
import { startTestGateway, type TestGateway } from '../../../support/websocket-gateway';

let gateway: TestGateway;

afterEach(() => gateway.stop(100));

/** The status of a refused handshake. */
async function refusal(url: string): Promise<number> {
  const socket = new WebSocket(url);
  socket.on('error', () => {}); // ws reports the following abort
  const [, response] = await once(socket, 'unexpected-response');
  socket.terminate();
  return response.statusCode;
}

function isOpen({ connects, post }: TestGateway): boolean[] {
  return connects.map(({ requestContext }) => post(requestContext.connectionId, '{}'));
}

describe('the handshake', () => {
  it.each([200, 204, 299])('is completed if $connect answers %d', async (statusCode) => {
    gateway = await startTestGateway({ connect: async () => ({ statusCode }) });
    const client = await TestClient.open(gateway.url);
    expect(isOpen(gateway)).toEqual([true]);
    await client.close();
  });

  it.each([301, 401, 403, 500])(
    'fails with %d if $connect answers that, and leaves nothing behind',
    async (statusCode) => {
      gateway = await startTestGateway({ connect: async () => ({ statusCode }) });
      expect(await refusal(gateway.url)).toBe(statusCode);
      expect(isOpen(gateway)).toEqual([false]);
      expect(gateway.disconnects).toEqual([]);
    },
  );

  it('fails with 502 if $connect throws, and only the host sees the error', async () => {
    const thrown = new Error('no table');
    gateway = await startTestGateway({
      async connect() {
        throw thrown;
      },
    });
    expect(await refusal(gateway.url)).toBe(502);
    expect(gateway.errors).toEqual([{ route: '$connect', error: thrown }]);
    expect(isOpen(gateway)).toEqual([false]);
  });

  it.each([undefined, 'fine', { statusCode: 0 }])('fails with 502 if $connect answers %j', async (result) => {
    gateway = await startTestGateway({ connect: async () => result });
    expect(await refusal(gateway.url)).toBe(502);
  });

  it('waits for $connect', async () => {
    const answer = deferred<{ statusCode: number }>();
    const asked = deferred();
    gateway = await startTestGateway({
      connect() {
        asked.resolve();
        return answer.promise;
      },
    });
    const socket = new WebSocket(gateway.url);
    await asked.promise;
    expect(socket.readyState).toBe(WebSocket.CONNECTING);
    expect(isOpen(gateway)).toEqual([false]);
    answer.resolve({ statusCode: 200 });
    await once(socket, 'open');
    socket.terminate();
  });

  it('ends in $disconnect if the client leaves while $connect runs, and leaves nothing behind', async () => {
    const answer = deferred<{ statusCode: number }>();
    const asked = deferred();
    gateway = await startTestGateway({
      connect() {
        asked.resolve();
        return answer.promise;
      },
    });
    const socket = new WebSocket(gateway.url);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {}); // ws reports the following abort
    await asked.promise;
    socket.terminate();
    await closed;
    answer.resolve({ statusCode: 200 });
    const { requestContext } = await gateway.disconnected;
    expect(requestContext.connectionId).toBe(gateway.connects[0]?.requestContext.connectionId);
    expect(requestContext.disconnectStatusCode).toBe(1006);
    expect(isOpen(gateway)).toEqual([false]);
  });

  it('does not choose a subprotocol by itself', async () => {
    gateway = await startTestGateway();
    const socket = new WebSocket(gateway.url, { headers: { 'Sec-WebSocket-Protocol': 'chat.v1, chat.v2' } });
    socket.on('error', () => {}); // ws closes a connection if the server chose none of its offers
    const [{ headers }] = await once(socket, 'upgrade');
    expect(headers['sec-websocket-protocol']).toBeUndefined();
    socket.terminate();
  });

  it('has the subprotocol that $connect chose', async () => {
    gateway = await startTestGateway({
      connect: async () => ({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'chat.v2' } }),
    });
    const socket = new WebSocket(gateway.url, ['chat.v1', 'chat.v2']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('chat.v2');
    socket.terminate();
  });

  it.each(['GET', 'POST'])('is required on this port: a plain %s gets 426', async (method) => {
    gateway = await startTestGateway();
    const response = await fetch(gateway.url.replace('ws:', 'http:'), { method });
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect(gateway.connects).toEqual([]);
  });
});
