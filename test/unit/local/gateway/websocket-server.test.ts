import { deferred } from '../../../support/deferred';
import { createTestClock } from '../../../support/gateway-clock';
import { handshake } from '../../../support/handshake';
import { TestClient } from '../../../support/test-client';
import { startTestGateway, type TestGateway } from '../../../support/websocket-gateway';

let gateway: TestGateway;

afterEach(() => gateway.stop(100));

const ping = { type: 'ping', data: {} };

describe('a connection', () => {
  it('is closed with 1001 after its idle time if it sends nothing, and not before', async () => {
    gateway = await startTestGateway({ limits: { idleSeconds: 600 } });
    const client = await TestClient.open(gateway.url);
    gateway.clock.advance(599_999);
    gateway.sweep();
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    expect(await client.ask(ping)).toEqual(ping); // which counted as activity
    gateway.clock.advance(599_999);
    gateway.sweep();
    expect(await client.ask(ping)).toEqual(ping);
    gateway.clock.advance(600_000);
    gateway.sweep();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect((await gateway.disconnected).requestContext).toMatchObject({
      disconnectStatusCode: 1001,
      disconnectReason: 'Going away',
    });
  });

  it('is closed with 1001 after its lifetime even if it is busy', async () => {
    gateway = await startTestGateway({ limits: { idleSeconds: 600, lifetimeSeconds: 1_000 } });
    const client = await TestClient.open(gateway.url);
    for (const seconds of [500, 499]) {
      gateway.clock.advance(seconds * 1_000);
      gateway.sweep();
      expect(await client.ask(ping)).toEqual(ping);
    }
    gateway.clock.advance(1_000);
    gateway.sweep();
    expect((await client.closed).code).toBe(1001);
    expect((await gateway.disconnected).requestContext.disconnectStatusCode).toBe(1001);
  });

  it('gets a last message first, if there is one, before it is closed as idle or too old', async () => {
    const farewell = { type: 'farewell' };
    gateway = await startTestGateway({
      limits: { idleSeconds: 600, lifetimeSeconds: 1_000 },
      expiryFarewell: () => JSON.stringify(farewell),
    });
    const idle = await TestClient.open(gateway.url);
    gateway.clock.advance(600_000);
    gateway.sweep();
    gateway.sweep();
    expect(await idle.next()).toEqual(farewell);
    expect((await idle.closed).code).toBe(1001);
    const busy = await TestClient.open(gateway.url);
    gateway.clock.advance(500_000);
    expect(await busy.ask(ping)).toEqual(ping);
    gateway.clock.advance(500_000);
    gateway.sweep();
    expect(await busy.next()).toEqual(farewell);
    expect((await busy.closed).code).toBe(1001);
  });

  it('has its messages handled concurrently: a slow one does not delay others', async () => {
    const slow = deferred<{ body: string }>();
    gateway = await startTestGateway({
      message: ({ body }) => (body.includes('slow') ? slow.promise : Promise.resolve({ body })),
    });
    const client = await TestClient.open(gateway.url);
    client.send({ type: 'slow' });
    client.send(ping);
    expect(await client.next()).toEqual(ping);
    slow.resolve({ body: '{"type":"late"}' });
    expect(await client.next()).toEqual({ type: 'late' });
  });

  it('gets the platform’s own answer and stays open if the handler throws', async () => {
    const thrown = new Error('secret');
    gateway = await startTestGateway({
      async message() {
        throw thrown;
      },
    });
    const client = await TestClient.open(gateway.url);
    const answer = await client.ask(ping);
    expect(answer).toEqual({
      message: 'Internal server error',
      connectionId: gateway.connects[0]?.requestContext.connectionId,
      requestId: expect.any(String),
    });
    expect(gateway.errors).toEqual([{ route: '$default', error: thrown }]);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('is not cut off for one large answer while it reads, however low the limit is', async () => {
    gateway = await startTestGateway({ limits: { unsentBytes: 1_000 } });
    const client = await TestClient.open(gateway.url);
    const large = { type: 'large', data: { content: 'x'.repeat(5_000) } };
    expect(await client.ask(large)).toEqual(large);
    expect(await client.ask(ping)).toEqual(ping);
  });

  it.each([
    ['its handshake', '$connect'],
    ['one of its messages', '$default'],
  ])('ends alone after a bug of the gateway in %s, and the bug is reported', async (_, route) => {
    const clock = createTestClock();
    let isBroken = false;
    const mistake = new Error('the clock is broken');
    const now = () => {
      if (!isBroken) return clock.now();
      isBroken = false;
      throw mistake;
    };
    gateway = await startTestGateway({ gateway: { clock: { ...clock, now } } });
    const [other, unlucky] = [await TestClient.open(gateway.url), await TestClient.open(gateway.url)];
    isBroken = true;
    const ended = route === '$connect' ? handshake(gateway.url).catch(() => 'cut off') : unlucky.closed;
    if (route === '$default') unlucky.send(ping);
    await ended;
    expect(gateway.errors).toEqual([{ route, error: mistake }]);
    expect(await other.ask(ping)).toEqual(ping);
  });

  it('ends alone after a bug before its handshake is accepted', async () => {
    const mistake = new Error('no such page');
    let isBroken = false;
    gateway = await startTestGateway({
      isForeignPage() {
        if (isBroken) throw mistake;
        return false;
      },
    });
    const other = await TestClient.open(gateway.url);
    isBroken = true;
    expect(await handshake(gateway.url).catch(() => 'cut off')).toBe('cut off');
    expect(gateway.errors).toEqual([{ route: '$connect', error: mistake }]);
    expect(await other.ask(ping)).toEqual(ping);
  });

  it.each([
    ['the code and reason of its client', 4_321, 'done for today'],
    ['1005 if its client gave no code', undefined, ''],
  ])('ends in a $disconnect with %s', async (_, code, reason) => {
    gateway = await startTestGateway();
    const client = await TestClient.open(gateway.url);
    client.socket.close(code, reason);
    const { requestContext } = await gateway.disconnected;
    expect(requestContext.disconnectStatusCode).toBe(code ?? 1005);
    if (code !== undefined) expect(requestContext.disconnectReason).toBe(reason);
    expect(gateway.disconnects).toHaveLength(1);
    expect(gateway.post(requestContext.connectionId, 'x')).toBe(false);
  });

  it.each([
    ['a binary message', 1003, (client: TestClient) => client.socket.send(Buffer.from([1, 2, 3]))],
    ['a message above the limit', 1009, (client: TestClient) => client.socket.send('x'.repeat(1_001))],
  ])('is closed after %s with %d', async (_, code, misbehave) => {
    gateway = await startTestGateway({ limits: { messageBytes: 1_000 } });
    const client = await TestClient.open(gateway.url);
    misbehave(client);
    expect((await client.closed).code).toBe(code);
    expect((await gateway.disconnected).requestContext.disconnectStatusCode).toBe(code);
  });

  it('is not disturbed by a $disconnect that throws elsewhere', async () => {
    const thrown = new Error('no table');
    gateway = await startTestGateway({
      async disconnect() {
        throw thrown;
      },
    });
    const [leaving, staying] = await Promise.all([TestClient.open(gateway.url), TestClient.open(gateway.url)]);
    await leaving.close();
    await gateway.disconnected;
    expect(await staying.ask(ping)).toEqual(ping);
    expect(gateway.errors).toEqual([{ route: '$disconnect', error: thrown }]);
  });
});
