/** Connections are limited, in total and per address. Refused clients are told when to retry, and the log stays short. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Refusal } from '../../local/gateway/refusals';
import { deferred } from '../support/deferred';
import { type HandshakeAnswer, handshake } from '../support/handshake';
import { ended, frame, openRaw } from '../support/raw-client';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/websocket-gateway';

let gateway: TestGateway;
let refusals: Refusal[];

afterEach(() => gateway.stop(100));

async function start(bounds: object, { gateway: more, ...options }: TestGatewayOptions = {}): Promise<void> {
  refusals = [];
  const onRefusal = (refusal: Refusal) => refusals.push(refusal);
  gateway = await startTestGateway({ ...options, gateway: { bounds, onRefusal, ...more } });
}

const open = () => TestClient.open(gateway.url);

function refused(status: number, retryAfter: string, message: string): HandshakeAnswer {
  const body = JSON.stringify({ message });
  return {
    status,
    reason: status === 503 ? 'Service Unavailable' : 'Too Many Requests',
    headers: {
      connection: 'close',
      'content-length': String(body.length),
      'content-type': 'application/json',
      'retry-after': retryAfter,
    },
    body,
  };
}

const FULL = refused(503, '5', 'Too many connections');
const FULL_OF_ADDRESS = refused(429, '30', 'Too many connections from this address');

it('above the limit a handshake is answered 503 and reaches no handler, and open connections are not affected', async () => {
  await start({ connections: 2 });
  const [one] = [await open(), await open()];
  expect(await handshake(gateway.url)).toStrictEqual(FULL);
  expect(gateway.connects).toHaveLength(2);
  expect(await one.ask({ type: 'hello' })).toEqual({ type: 'hello' });
});

it('a closed connection makes room for another', async () => {
  await start({ connections: 1 });
  const one = await open();
  await one.close();
  await gateway.disconnected;
  await open();
});

it('a handshake counts while its $connect runs, even if it is then refused', async () => {
  const asked = deferred();
  const answer = deferred<{ statusCode: number }>();
  await start(
    { connections: 1 },
    {
      connect() {
        asked.resolve();
        return answer.promise;
      },
    },
  );
  const first = handshake(gateway.url);
  await asked.promise;
  expect(await handshake(gateway.url)).toStrictEqual(FULL);
  answer.resolve({ statusCode: 403 });
  expect((await first).status).toBe(403);
  expect((await handshake(gateway.url)).status).toBe(403);
});

it('above the limit of one address a handshake is answered 429', async () => {
  await start({ connectionsPerAddress: 2 });
  await Promise.all([open(), open()]);
  expect(await handshake(gateway.url)).toStrictEqual(FULL_OF_ADDRESS);
});

it('behind a trusted proxy each client counts with its own address', async () => {
  await start({ connectionsPerAddress: 1 }, { gateway: { trustedProxies: ['loopback'] } });
  const from = (address: string) => TestClient.open(gateway.url, { headers: { 'X-Forwarded-For': address } });
  await Promise.all([from('192.0.2.1'), from('192.0.2.2')]);
  expect(await handshake(gateway.url, { 'X-Forwarded-For': '192.0.2.1' })).toStrictEqual(FULL_OF_ADDRESS);
  expect(gateway.connects.map(({ requestContext }) => requestContext.identity.sourceIp).sort()).toEqual([
    '192.0.2.1',
    '192.0.2.2',
  ]);
});

it('many refusals cause only a few log lines', async () => {
  await start({ connections: 1 });
  await open();
  for (let count = 0; count < 50; count += 1) await handshake(gateway.url);
  expect(refusals).toEqual([{ reason: 'too_many_connections', count: 1, sourceIp: '127.0.0.1' }]);
  gateway.clock.advance(10_000);
  gateway.sweep();
  expect(refusals.slice(1)).toEqual([{ reason: 'too_many_connections', count: 49, sourceIp: '127.0.0.1' }]);
});

it('sockets that connect and send nothing do not keep others out', async () => {
  await start({ connections: 5_000 });
  const { hostname, port } = new URL(gateway.url);
  const silent: Socket[] = [];
  for (let count = 0; count < 2_200; count += 1) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {}); // some are cut off
    silent.push(socket);
    if (count % 100 === 99) await once(socket, 'connect');
  }
  const client = await open();
  expect(await client.ask({ type: 'hello' })).toEqual({ type: 'hello' });
  expect(refusals[0]).toMatchObject({ reason: 'no_request', count: 1 });
  for (const socket of silent) socket.destroy();
});

describe('an address with fifty clients that were cut off for their cost', () => {
  const pieces = Buffer.concat([
    frame('x', { fin: false }),
    ...Array(4_096).fill(frame('', { opcode: 0, fin: false })),
  ]);
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const [BAD, GOOD] = ['192.0.2.1', '192.0.2.2'];

  async function misuse(times: number): Promise<void> {
    await start({}, { gateway: { trustedProxies: ['loopback'] } });
    for (let count = 0; count < times; count += 1) {
      const socket = await openRaw(gateway.url, from(BAD));
      socket.write(pieces);
      await ended(socket);
      socket.destroy();
    }
  }

  it('has its handshakes slowed, and other addresses do not', async () => {
    await misuse(51);
    const slowed = TestClient.open(gateway.url, { headers: from(BAD) });
    await TestClient.open(gateway.url, { headers: from(GOOD) });
    expect(gateway.connects).toHaveLength(52);
    gateway.clock.advance(50);
    expect(await (await slowed).ask({ type: 'hello' })).toEqual({ type: 'hello' });
  });

  it('is answered 429 if too many of its handshakes wait, which is logged', async () => {
    await misuse(51);
    const waiting = Array.from({ length: 64 }, () => handshake(gateway.url, from(BAD)));
    const more = await Promise.race([...waiting, handshake(gateway.url, from(BAD))]);
    expect(more).toMatchObject({ status: 429, headers: { 'retry-after': '10' } });
    expect(refusals).toEqual([{ reason: 'too_many_handshakes', count: 1, sourceIp: BAD }]);
    expect((await handshake(gateway.url, from(GOOD))).status).toBe(101);
    await gateway.stop(100); // waiting clients are told too
    for (let turn = 0; turn < 64; turn += 1) gateway.clock.advance(50);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toContain(503);
  });
});
