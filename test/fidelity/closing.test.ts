/** Rows 28 to 34 and 42 of docs/fidelity.md: why a connection ends, and what $disconnect is told about it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameHeaders } from '../../local/gateway/frame-headers';
import { deferred } from '../support/deferred';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

let gateway: TestGateway;

afterEach(() => gateway?.stop(100));

const FRAME_BYTES = 32_768;
const MESSAGE_BYTES = 131_072;
const MINUTE = 60_000;
const ID = expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/);

/** The complete event that ends a connection. */
function disconnectEvent(disconnectStatusCode: number, disconnectReason: string) {
  const { connectionId, connectedAt, domainName } = gateway.connects[0]?.requestContext ?? {};
  const Host = new URL(gateway.url).host;
  return {
    headers: { Host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
    multiValueHeaders: { Host: [Host], 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] },
    requestContext: {
      routeKey: '$disconnect',
      disconnectStatusCode,
      disconnectReason,
      eventType: 'DISCONNECT',
      extendedRequestId: ID,
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      messageDirection: 'IN',
      stage: 'local',
      connectedAt,
      requestTimeEpoch: gateway.clock.now(),
      identity: { sourceIp: '127.0.0.1' },
      requestId: ID,
      domainName,
      connectionId,
      apiId: 'local',
    },
    isBase64Encoded: false,
  };
}

async function open(options: Parameters<typeof startTestGateway>[0] = {}): Promise<TestClient> {
  gateway = await startTestGateway(options);
  return TestClient.open(gateway.url);
}

/** Sends a text as one message in frames of these sizes. */
function sendFrames({ socket }: TestClient, sizes: number[]): void {
  for (const [index, size] of sizes.entries()) {
    socket.send(Buffer.alloc(size, 'x'), { binary: false, fin: index === sizes.length - 1 });
  }
}

describe('input that is not allowed', () => {
  it('row 28: a binary frame closes with 1003, and reaches no handler', async () => {
    const client = await open();
    client.socket.send(Buffer.from('{"type":"ping"}'));
    expect(await client.closed).toEqual({ code: 1003, reason: '' });
    expect(await gateway.disconnected).toEqual(disconnectEvent(1003, ''));
    expect(gateway.messages).toEqual([]);
  });

  it('row 29: a frame of 32 KB arrives, one more byte closes with 1009', async () => {
    const client = await open({ routeResponse: false, message: async () => undefined });
    sendFrames(client, [FRAME_BYTES]);
    sendFrames(client, [FRAME_BYTES + 1]);
    expect(await client.closed).toEqual({ code: 1009, reason: '' });
    expect(await gateway.disconnected).toEqual(disconnectEvent(1009, ''));
    expect(gateway.messages.map(({ body }) => body)).toEqual(['x'.repeat(FRAME_BYTES)]);
  });

  it('row 29: a message of 128 KB in four frames arrives, one more byte closes with 1009', async () => {
    const client = await open({ routeResponse: false, message: async () => undefined });
    const four = Array(4).fill(FRAME_BYTES);
    sendFrames(client, four);
    sendFrames(client, [...four, 1]);
    expect(await client.closed).toEqual({ code: 1009, reason: '' });
    expect(await gateway.disconnected).toEqual(disconnectEvent(1009, ''));
    expect(gateway.messages.map(({ body }) => body)).toEqual(['x'.repeat(MESSAGE_BYTES)]);
  });

  it('row 29: a frame that is too large is refused as the second of a message too, and nothing of the message arrives', async () => {
    const client = await open();
    sendFrames(client, [10, FRAME_BYTES + 1]);
    expect(await client.closed).toEqual({ code: 1009, reason: '' });
    expect(await gateway.disconnected).toEqual(disconnectEvent(1009, ''));
    expect(gateway.messages).toEqual([]);
  });

  it('row 29: bytes count, not characters', async () => {
    const client = await open();
    client.socket.send('é'.repeat(FRAME_BYTES / 2 + 1));
    expect((await client.closed).code).toBe(1009);
  });

  it('row 29: a frame that arrives in many pieces is measured the same', async () => {
    const witness = await open({ routeResponse: true });
    const socket = await rawClient();
    const fits = frame(FRAME_BYTES);
    const ends = [1, 3, 7, 8, 9, 20_000, fits.length];
    for (const [index, end] of ends.entries()) {
      socket.write(fits.subarray(ends[index - 1] ?? 0, end));
      await witness.ask({ type: 'ping' }); // the gateway has processed the piece
    }
    const echo = Buffer.concat([Buffer.from([0x81, 126, 0x80, 0x00]), text(FRAME_BYTES)]);
    expect((await take(socket, echo.length)).equals(echo)).toBe(true);
    const over = frame(FRAME_BYTES + 1).subarray(0, 4); // only the length counts
    for (const byte of over) {
      socket.write(Buffer.from([byte]));
      await witness.ask({ type: 'ping' });
    }
    expect([...(await take(socket, 4))]).toEqual([0x88, 2, 0x03, 0xf1]); // close, 1009
    socket.destroy();
  });

  it('row 29: wherever a stream is cut, only the frame that is too large is found', () => {
    const stream = Buffer.concat([frame(0), frame(125), frame(126), frame(FRAME_BYTES), frame(5)]);
    for (const size of [1, 2, 3, 5, 7, 1_000, stream.length]) {
      const headers = new FrameHeaders(FRAME_BYTES);
      const chunks = chunksOf(stream, size);
      expect(chunks.some((chunk) => headers.exceeds(chunk))).toBe(false);
      expect(chunksOf(frame(FRAME_BYTES + 1), size).some((chunk) => headers.exceeds(chunk))).toBe(true);
    }
  });
});

describe('time limits', () => {
  it('row 30: a client that sends nothing for 10 minutes is closed with 1001, and not before', async () => {
    const client = await open();
    gateway.clock.advance(5 * MINUTE);
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'ping' });
    gateway.clock.advance(10 * MINUTE - 1);
    gateway.sweep();
    gateway.post(gateway.connects[0]?.requestContext.connectionId as string, '{"type":"still here"}');
    expect(await client.next()).toEqual({ type: 'still here' });
    gateway.clock.advance(1);
    gateway.sweep();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(await gateway.disconnected).toEqual(disconnectEvent(1001, 'Going away'));
  });

  it('row 31: a connection of 2 hours is closed with 1001, however busy it is', async () => {
    const client = await open();
    for (let minutes = 0; minutes < 119; minutes += 7) {
      gateway.clock.advance(7 * MINUTE);
      gateway.sweep();
      expect(await client.ask({ type: 'ping' })).toEqual({ type: 'ping' });
    }
    gateway.clock.advance(MINUTE - 1);
    gateway.sweep();
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'ping' });
    gateway.clock.advance(1);
    gateway.sweep();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(await gateway.disconnected).toEqual(disconnectEvent(1001, 'Going away'));
  });
});

describe('$disconnect', () => {
  it('row 32: gets 1005 if the client closes without a code', async () => {
    const client = await open();
    client.socket.close();
    expect(await gateway.disconnected).toEqual(disconnectEvent(1005, 'Client-side close frame status not set'));
  });

  it.each([
    [1001, ''],
    [1000, 'done for today'],
    [4321, 'own code'],
  ])('row 33: gets the client’s own %d and reason %j', async (code, reason) => {
    const client = await open();
    client.socket.close(code, reason);
    expect(await gateway.disconnected).toEqual(disconnectEvent(code, reason));
  });

  it('row 34: gets 1000 and the platform’s text if the API closes the connection', async () => {
    const client = await open();
    const { connectionId } = gateway.connects[0]?.requestContext ?? {};
    expect(gateway.disconnect(connectionId as string)).toBe(true);
    expect(await gateway.disconnected).toEqual(disconnectEvent(1000, 'Connection Closed Normally'));
    await client.closed;
  });

  it('row 42: is called once the connection is gone, and its client does not wait for it', async () => {
    const running = deferred<undefined>();
    const client = await open({ disconnect: () => running.promise });
    await client.close(1000);
    const { requestContext } = await gateway.disconnected;
    expect(gateway.post(requestContext.connectionId, 'x')).toBe(false);
    running.resolve(undefined);
  });

  it('row 42: affects no other connection if it throws or does not exist', async () => {
    const thrown = new Error('no table');
    const leaving = await open({
      async disconnect() {
        throw thrown;
      },
    });
    const staying = await TestClient.open(gateway.url);
    await leaving.close();
    await gateway.disconnected;
    expect(await staying.ask({ type: 'ping' })).toEqual({ type: 'ping' });
    expect(gateway.errors).toEqual([{ route: '$disconnect', error: thrown }]);
    await gateway.stop();

    const alone = await open({ routes: { $disconnect: undefined } });
    await alone.close();
    const another = await TestClient.open(gateway.url);
    expect(await another.ask({ type: 'ping' })).toEqual({ type: 'ping' });
    expect(gateway.errors).toEqual([]);
  });
});

/** A client's text frame, masked with zeroes. */
function frame(size: number): Buffer {
  const header = [0x81, 0x80 | Math.min(size, 126)];
  if (size >= 126) header.push(size >> 8, size & 0xff);
  return Buffer.concat([Buffer.from([...header, 0, 0, 0, 0]), text(size)]);
}

function text(size: number): Buffer {
  return Buffer.alloc(size, 'x');
}

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

/** A manual handshake, for what a WebSocket client would not do: half a frame. */
async function rawClient(): Promise<Socket> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1').setNoDelay();
  const lines = ['GET / HTTP/1.1', `Host: ${new URL(gateway.url).host}`, 'Upgrade: websocket', 'Connection: Upgrade'];
  lines.push('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const [head] = await once(socket, 'data');
  if (!String(head).startsWith('HTTP/1.1 101 ')) throw new Error(String(head));
  socket.pause();
  return socket;
}

/** The next bytes that arrive, exactly this many. */
async function take(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(size) as Buffer | null;
    if (bytes) return bytes;
    await once(socket, 'readable');
  }
}
