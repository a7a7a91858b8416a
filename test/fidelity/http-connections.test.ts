/** Good and bad connections to the HTTP port: how long they live, and how much memory they can use. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createGateway, type Gateway, type GatewayOptions } from '../../local/gateway/gateway';
import type { HandlerResult } from '../../local/gateway/handler';
import type { HttpLimits } from '../../local/gateway/http-limits';
import type { Refusal } from '../../local/gateway/refusals';

const MIB = 1_048_576;

let gateway: Gateway;
let port: number;
let events: APIGatewayProxyEventV2[];
let refusals: Refusal[];
let sockets: Socket[];

type Handle = (event: APIGatewayProxyEventV2) => Promise<HandlerResult>;

async function start(handle: Handle, limits: Partial<HttpLimits> = {}, http: Partial<GatewayOptions['http']> = {}) {
  [events, refusals, sockets] = [[], [], []];
  const record: Handle = (event) => {
    events.push(event);
    return handle(event);
  };
  gateway = createGateway({
    http: { routes: { 'GET /pets': record, 'POST /pets': record, 'GET /health': async () => 'fine' }, limits, ...http },
    onRefusal: (refusal) => refusals.push(refusal),
  });
  const { httpUrl = '' } = await gateway.listen({ httpPort: 0 });
  port = Number(new URL(httpUrl).port);
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await gateway.close(100);
});

/** What a socket received. */
interface Client {
  socket: Socket;
  text(): string;
  /** Resolves when all of this has arrived. */
  got(text: string, times?: number): Promise<void>;
  closed: Promise<unknown>;
}

async function open({ reads = true } = {}): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {}); // it is cut off if a test says so
  let received = '';
  if (reads) {
    socket.on('data', (chunk) => {
      received += chunk;
    });
  }
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return {
    socket,
    text: () => received,
    async got(text, times = 1) {
      while (received.split(text).length <= times) {
        await Promise.race([once(socket, 'data'), closed]);
        if (socket.destroyed) throw new Error(`closed without ${text}, but with ${received.slice(0, 500)}`);
      }
    },
    closed,
  };
}

/** Reads what is under way to a client that has not read so far, until the connection ends or a complete answer has arrived. */
async function bytesLeftFor({ socket, closed }: Client): Promise<number> {
  let bytes = 0;
  const whole = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > 5 * MIB) resolve();
    });
  });
  await Promise.race([whole, closed]);
  return bytes;
}

const GET = 'GET /pets HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (length: number, more = '') =>
  `POST /pets HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${more}\r\n`;

async function isWell(): Promise<void> {
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
}

/** Waits until a condition holds; each attempt is a round trip through the server. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2_000 && !holds(); tries++) await isWell();
  expect(holds()).toBe(true);
}

describe('a connection between two requests', () => {
  it('is kept longer than proxies and pools keep theirs, and its answers say so', async () => {
    await start(async () => 'fine');
    const client = await open();
    client.socket.write(GET);
    await client.got('fine');
    expect(Number(/keep-alive: timeout=(\d+)/i.exec(client.text())?.[1])).toBeGreaterThan(600);
  });

  it('is not limited by the timeout for headers', async () => {
    await start(async () => 'fine', { headersSeconds: 0.2, requestSeconds: 0.3, stalledSeconds: 0.4 });
    const client = await open();
    client.socket.write(GET);
    await client.got('fine');
    const silent = await open(); // is closed by the same timer
    await silent.closed;
    client.socket.write(GET);
    await client.got('fine', 2);
  });
});

describe('pipelined requests', () => {
  it('are served one at a time, in order', async () => {
    let running = 0;
    let most = 0;
    let count = 0;
    await start(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      count += 1;
      return `<${count}>`;
    });
    const client = await open();
    client.socket.write(GET.repeat(50));
    await client.got('<50>');
    expect(client.text().match(/<\d+>/g)).toEqual(Array.from({ length: 50 }, (_, index) => `<${index + 1}>`));
    expect(most).toBe(1);
  });

  it('leave room for another connection between two of them', async () => {
    await start(async () => 'fine');
    const [greedy, other] = [await open(), await open()];
    greedy.socket.write(GET.repeat(90));
    await until(() => events.length > 0);
    other.socket.write(GET.replace('/pets', '/pets?other'));
    await other.got('fine');
    await greedy.got('fine', 90);
    const place = events.findIndex(({ rawQueryString }) => rawQueryString === 'other');
    expect(place).toBeLessThan(90);
  });

  it('are limited in number, above which the connection is cut off', async () => {
    await start(async () => 'fine', { waitingRequests: 10 });
    const client = await open();
    client.socket.write(GET.repeat(500));
    await client.closed;
    expect(events.length).toBeLessThanOrEqual(12);
    await isWell();
  });
});

describe('an answer that nobody reads', () => {
  const BODY = 'x'.repeat(5 * MIB);

  it('blocks the next answer on its connection', async () => {
    await start(async () => ({ statusCode: 200, body: BODY }));
    const client = await open({ reads: false });
    client.socket.write(GET.repeat(50));
    await until(() => events.length > 0);
    for (let round = 0; round < 50; round++) await isWell();
    expect(events.length).toBeLessThanOrEqual(4); // what the buffers of a TCP connection take
  });

  it('counts with those of all clients, and above the total limit the worst clients are cut off', async () => {
    await start(async () => ({ statusCode: 200, body: BODY }), { unreadBytes: 20 * MIB });
    const clients = await Promise.all(Array.from({ length: 30 }, () => open({ reads: false })));
    for (const { socket } of clients) socket.write(GET);
    await until(() => events.length === clients.length);
    for (let round = 0; round < 50; round++) await isWell();
    expect(refusals[0]).toMatchObject({ reason: 'too_much_held', sourceIp: '127.0.0.1' });
    const reader = await open();
    reader.socket.write(GET);
    await reader.got('xxxx');
    const bytes = await Promise.all(clients.map(bytesLeftFor));
    const whole = bytes.filter((length) => length > BODY.length);
    expect([whole.length > 0, whole.length <= 4]).toEqual([true, true]); // of 5 MiB each
  });

  it('does not keep its connection forever', async () => {
    await start(async () => ({ statusCode: 200, body: BODY }), { stalledSeconds: 0.3 });
    const client = await open({ reads: false });
    client.socket.write(GET.repeat(4));
    while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    client.socket.on('data', () => {});
    client.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // nothing is read meanwhile, so nothing reports the close
    client.socket.resume();
    await client.closed;
  });
});

describe('a body', () => {
  const maxBytes = 1_000;
  const bodies = { maxBytes: () => maxBytes, tooLarge: () => ({ statusCode: 413, body: 'ours' }) };

  it('is refused before it is sent if its declared length is too large', async () => {
    await start(async () => 'fine', {}, { bodies });
    const client = await open();
    client.socket.write(post(maxBytes + 1));
    await client.got('HTTP/1.1 413');
    await client.got('ours');
    expect(events).toEqual([]);
  });

  it('without a declared length is refused as soon as it is too large, and the rest is dropped', async () => {
    await start(async () => 'fine', {}, { bodies });
    const client = await open();
    client.socket.write('POST /pets HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    client.socket.write(`1000\r\n${'x'.repeat(4_096)}\r\n`);
    await client.got('HTTP/1.1 413');
    client.socket.write(`0\r\n\r\n${GET}`);
    await client.got('fine'); // the connection still works
  });

  it('that never ends is dropped with its connection', async () => {
    await start(async () => 'fine', {}, { bodies });
    const client = await open();
    client.socket.write('POST /pets HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `100000\r\n${'x'.repeat(MIB)}\r\n`;
    let sent = 0;
    const send = () => {
      while (!client.socket.destroyed && sent < 200 && client.socket.write(chunk)) sent += 1;
    };
    client.socket.on('drain', send);
    send();
    await client.closed;
    expect(sent).toBeLessThan(100);
  });

  it('gets 100 Continue if its client asks for it', async () => {
    await start(async ({ body }) => `got ${body}`, {}, { bodies });
    const client = await open();
    client.socket.write(post(5, 'Expect: 100-continue\r\nContent-Type: text/plain\r\n'));
    await client.got('HTTP/1.1 100 Continue');
    client.socket.write('hello');
    await client.got('got hello');
  });

  it('gets no 100 Continue if it is too large, or if its client may not call', async () => {
    const authorizer = { handler: async () => ({ isAuthorized: false }), identitySources: [], routes: ['GET /pets'] };
    await start(async () => 'fine', {}, { bodies, authorizer: { ...authorizer, routes: ['POST /pets'] } });
    const [refused, large] = [await open(), await open()];
    refused.socket.write(post(5, 'Expect: 100-continue\r\n'));
    await refused.got('HTTP/1.1 403');
    expect(refused.text()).not.toContain('100 Continue');
    large.socket.write(post(maxBytes + 1, 'Expect: 100-continue\r\n'));
    await large.got('HTTP/1.1 403');
    expect(events).toEqual([]);
  });

  it('that its route does not accept is not read, and the connection stays open', async () => {
    await start(async () => 'fine', {}, { bodies: { ...bodies, maxBytes: () => 0 } });
    const client = await open();
    client.socket.write(post(100_000) + 'x'.repeat(100_000) + GET);
    await client.got('fine', 2);
    expect(events.map(({ body }) => body)).toEqual([undefined, undefined]);
  });

  it('that arrives slowly has a timeout', async () => {
    await start(async () => 'fine', { headersSeconds: 0.2, requestSeconds: 0.4 });
    const client = await open();
    client.socket.write(`${post(10)}half`);
    await client.got('HTTP/1.1 408');
    await client.closed;
    expect(events).toEqual([]);
  });

  it('counts with those of all clients while it arrives, and above the total limit the worst clients are cut off', async () => {
    await start(async ({ body = '' }) => `got ${body.length}`, { bodyBytes: 2 * MIB });
    const clients = await Promise.all(Array.from({ length: 20 }, () => open()));
    const half = 'x'.repeat(MIB / 2);
    for (const { socket } of clients) socket.write(post(MIB, 'Content-Type: text/plain\r\n') + half);
    await until(() => clients.filter(({ socket }) => !socket.closed).length <= 4);
    const small = await open();
    small.socket.write(`${post(5, 'Content-Type: text/plain\r\n')}hello`);
    await small.got('got 5');
    expect(refusals[0]?.reason).toBe('too_much_held');
  });
});
