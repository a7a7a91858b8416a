/** A connection ends with its closing handshake, however long TCP stays open. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { deferred } from '../../../support/deferred';
import { closeFrame, ended, frame, openRaw } from '../../../support/raw-client';
import { TestClient } from '../../../support/test-client';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../../../support/websocket-gateway';

let gateway: TestGateway;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await gateway.stop(100);
});

/** Keeps its side of TCP open, whatever the server does. */
async function open(options: TestGatewayOptions = {}): Promise<Socket> {
  gateway = await startTestGateway(options);
  const socket = await openRaw(gateway.url);
  sockets.push(socket);
  return socket;
}

describe('a client that closes cleanly and keeps TCP open', () => {
  it.each([
    [1000, closeFrame(1000)],
    [4_321, closeFrame(4_321)],
    [1005, closeFrame()],
  ])('gets its $disconnect at once, with its own code %d', async (code, bytes) => {
    const socket = await open();
    socket.write(bytes);
    const { requestContext } = await gateway.disconnected;
    expect(requestContext.disconnectStatusCode).toBe(code);
    expect(socket.destroyed).toBe(false);
    expect(gateway.isOpen(requestContext.connectionId)).toBe(false);
  });

  it('gets what was posted for its messages before the close frame, although all of it came at once', async () => {
    const socket = await open({
      async message({ requestContext: { connectionId }, body }) {
        gateway.post(connectionId, `posted for ${body}`);
      },
    });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk)).resume();
    socket.write(Buffer.concat([frame('one'), frame('two'), closeFrame(1000)]));
    await gateway.disconnected;
    while (Buffer.concat(chunks).length < 36) await once(socket, 'data');
    const text = (content: string) => Buffer.concat([Buffer.from([0x81, content.length]), Buffer.from(content)]);
    const close = Buffer.from([0x88, 2, 1000 >> 8, 1000 & 0xff]);
    expect(Buffer.concat(chunks)).toEqual(Buffer.concat([text('posted for one'), text('posted for two'), close]));
  });

  it('gets only one $disconnect, even when TCP ends later', async () => {
    const socket = await open();
    socket.write(closeFrame(1000));
    await gateway.disconnected;
    socket.destroy();
    const other = await TestClient.open(gateway.url);
    await other.ask({ type: 'ping' });
    expect(gateway.disconnects).toHaveLength(1);
  });

  it('has its TCP connection closed by the sweep', async () => {
    const socket = await open();
    socket.write(closeFrame(1000));
    await gateway.disconnected;
    gateway.clock.advance(1_000);
    gateway.sweep();
    const error = deferred<NodeJS.ErrnoException>();
    socket.on('error', error.resolve);
    const write = () => socket.write('x', (failed) => failed || setImmediate(write));
    write();
    expect((await error.promise).code).toMatch(/^(ECONNRESET|EPIPE)$/);
  });

  it('does not delay a stop', async () => {
    const socket = await open();
    socket.write(closeFrame(1000));
    await gateway.disconnected;
    await gateway.stop(600_000); // the stop would wait for it to the end
  });

  it('has its waiting messages handled before its $disconnect', async () => {
    const order: string[] = [];
    const socket = await open({
      async message({ body }) {
        order.push(body);
        return undefined;
      },
      async disconnect() {
        order.push('$disconnect');
        return undefined;
      },
    });
    const sent = Array.from({ length: 500 }, (_, index) => String(index));
    socket.write(Buffer.concat([...sent.map((text) => frame(text)), closeFrame(1000)]));
    await gateway.disconnected;
    expect(order).toEqual([...sent, '$disconnect']);
  });
});

it('a client that answers the server’s close and keeps TCP open gets a $disconnect with the server’s code', async () => {
  const socket = await open();
  gateway.disconnect(gateway.connects[0]?.requestContext.connectionId as string);
  await once(socket.resume(), 'data');
  socket.write(closeFrame(1000));
  const { disconnectStatusCode, disconnectReason } = (await gateway.disconnected).requestContext;
  expect([disconnectStatusCode, disconnectReason]).toEqual([1000, 'Connection Closed Normally']);
});

describe('after a protocol error $disconnect has the close code of the client:', () => {
  it.each<[code: number, what: string, bytes: Buffer]>([
    [1002, 'an unknown opcode', frame('x', { opcode: 3 })],
    [1007, 'text that is not UTF-8', frame(Buffer.from([0xed, 0xa0, 0x80]))],
    [
      1008,
      'too many fragments of a message',
      Buffer.concat([frame('x', { fin: false }), ...Array(4_097).fill(frame('x', { opcode: 0, fin: false }))]),
    ],
    [1009, 'a frame that is too long', Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0])],
  ])('%d for %s', async (code, _, bytes) => {
    const socket = await open();
    socket.write(bytes);
    await ended(socket);
    socket.end();
    expect((await gateway.disconnected).requestContext.disconnectStatusCode).toBe(code);
  });
});

it('a message in 4,096 fragments is handled', async () => {
  const socket = await open();
  const piece = frame('x', { opcode: 0, fin: false });
  socket.write(Buffer.concat([frame('x', { fin: false }), ...Array(4_094).fill(piece), frame('x', { opcode: 0 })]));
  await once(socket.resume(), 'data');
  expect(gateway.messages.map(({ body }) => body)).toEqual(['x'.repeat(4_096)]);
});
