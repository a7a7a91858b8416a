/**
 * Bytes held for clients are limited in total: the client that holds the most for the longest is cut off, and the others are unaffected.
 */
import type { Socket } from 'node:net';
import { deferred } from '../support/deferred';
import { ended, frame, openRaw } from '../support/raw-client';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/websocket-gateway';

const MIB = 1_048_576;

let gateway: TestGateway;
let bystander: TestClient;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await gateway.stop(100);
});

async function start({ heldBytes = MIB, ...options }: TestGatewayOptions & { heldBytes?: number } = {}): Promise<void> {
  const limits = { frameBytes: 131_072, ...options.limits };
  gateway = await startTestGateway({ ...options, limits, gateway: { bounds: { heldBytes } } });
  bystander = await TestClient.open(gateway.url);
}

/** Opens a connection that sends this, and does not read. */
async function attack(bytes: Buffer): Promise<Socket> {
  const socket = await openRaw(gateway.url);
  sockets.push(socket);
  socket.write(bytes);
  return socket;
}

async function expectUnharmed(): Promise<void> {
  expect(await bystander.ask({ type: 'still here' })).toEqual({ type: 'still here' });
  const newcomer = await TestClient.open(gateway.url);
  expect(await newcomer.ask({ type: 'hello' })).toEqual({ type: 'hello' });
}

const piece = frame('x', { opcode: 0, fin: false });
const pieces = Buffer.concat([frame('x', { fin: false }), ...Array(4_000).fill(piece)]);
/** The header of a message of 131,071 bytes, and all of it but the last byte. */
const nearlyWhole = Buffer.concat([
  Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 1, 2, 3, 4]),
  Buffer.alloc(131_070, 'x'),
]);
const pongs = Buffer.concat(Array(480).fill(frame('y'.repeat(125), { opcode: 10 })));

describe('incomplete messages', () => {
  it.each<[what: string, bytes: Buffer]>([
    ['of tiny fragments', pieces],
    ['without their last byte', nearlyWhole],
    [
      'with one fragment in each of many full chunks',
      Buffer.concat([frame('x', { fin: false }), ...Array(8).fill([pongs, piece]).flat()]),
    ],
  ])('%s get their senders cut off, and no other client is affected', async (_, bytes) => {
    await start();
    const attackers: Socket[] = [];
    for (let sent = 0; sent < 12; sent += 1) attackers.push(await attack(bytes));
    await Promise.race(attackers.map(ended));
    await expectUnharmed();
  });

  it('that are merely large and slow are handled, as long as there is room for all', async () => {
    await start();
    const slow = await Promise.all(Array.from({ length: 5 }, () => attack(nearlyWhole)));
    await expectUnharmed();
    for (const socket of slow) socket.write('x');
    while (gateway.messages.filter(({ body }) => body.length > 100_000).length < 5)
      await bystander.ask({ type: 'wait' });
    expect(gateway.disconnects).toEqual([]);
  });

  it('of closing connections count too', async () => {
    await start();
    const [first, ...others] = await Promise.all(Array.from({ length: 12 }, () => openRaw(gateway.url)));
    sockets.push(first as Socket, ...others);
    for (const { requestContext } of gateway.connects.slice(1)) gateway.disconnect(requestContext.connectionId);
    const cut = Promise.race([first as Socket, ...others].map(ended));
    for (const socket of [first as Socket, ...others]) {
      socket.write(pieces);
    }
    await cut;
    await expectUnharmed();
  });
});

describe('answers that nobody reads', () => {
  const large = (size: number) => async () => ({ body: JSON.stringify('x'.repeat(size)) });

  it('get a connection cut off at its limit', async () => {
    await start({ heldBytes: 64 * MIB, message: large(100_000), limits: { unsentBytes: MIB } });
    const socket = await attack(Buffer.alloc(0));
    let sent = 0;
    const more = () => {
      if (socket.destroyed || sent > 2_000) return;
      sent += 1;
      socket.write(frame('{}'), () => setImmediate(more));
    };
    more();
    expect((await gateway.disconnected).requestContext.disconnectStatusCode).toBe(1006);
    await ended(socket);
  });

  it('get a connection cut off at the total limit, however many connections there are', async () => {
    await start({
      heldBytes: 2 * MIB,
      limits: { unsentBytes: MIB },
      message: async ({ body }) => ({ body: body.startsWith('{') ? body : JSON.stringify('x'.repeat(100_000)) }),
    });
    const flood = Buffer.concat(Array(60).fill(frame('more')));
    for (let count = 0; count < 8; count += 1) await attack(flood); // 48 MB of answers, more than the socket buffers take
    const { requestContext } = await gateway.disconnected;
    expect(requestContext.disconnectStatusCode).toBe(1006);
    await expectUnharmed();
  });

  it('no longer count once they are read: a slow reader is never cut off', async () => {
    await start({ heldBytes: 2 * MIB, limits: { unsentBytes: MIB } });
    const reader = await TestClient.open(gateway.url);
    const id = gateway.connects.at(-1)?.requestContext.connectionId as string;
    const text = JSON.stringify({ type: 'x'.repeat(500_000) });
    for (let round = 0; round < 30; round += 1) {
      reader.socket.pause();
      expect(gateway.post(id, text)).toBe(true);
      reader.socket.resume();
      await reader.next();
    }
    expect(gateway.disconnects).toEqual([]);
  });
});

it('messages that wait for their turn count too, and their sender is reported', async () => {
  const refused = deferred<unknown>();
  gateway = await startTestGateway({
    message: () => new Promise(() => {}), // so that everything after the hundredth waits
    gateway: { bounds: { heldBytes: MIB }, onRefusal: refused.resolve },
  });
  bystander = await TestClient.open(gateway.url);
  const bytes = Buffer.concat(Array(12_000).fill(frame('')));
  const attackers: Socket[] = [];
  for (let count = 0; count < 30; count += 1) attackers.push(await attack(bytes));
  await Promise.race(attackers.map(ended));
  expect(await refused.promise).toEqual({ reason: 'too_much_held', count: 1, sourceIp: '127.0.0.1' });
});
