/** Connections to the HTTP port are limited, in total and per address, and idle ones make room for new ones. */
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createGateway, type Gateway } from '../../local/gateway/gateway';
import type { HttpLimits } from '../../local/gateway/http-limits';
import type { Refusal } from '../../local/gateway/refusals';

const [ATTACKER, OTHER] = ['127.0.0.2', '127.0.0.3']; // Linux has all of 127.0.0.0/8
const itOnLinux = process.platform === 'linux' ? it : it.skip;

let gateway: Gateway;
let port: number;
let refusals: Refusal[];
let sockets: Socket[];

async function start(limits: Partial<HttpLimits> = {}, trustedProxies: string[] = []): Promise<void> {
  [refusals, sockets] = [[], []];
  const echo = async ({ body = '' }: { body?: string }) => `got ${body}`;
  gateway = createGateway({
    http: { routes: { 'POST /pets': echo, 'GET /health': async () => 'fine' }, limits },
    trustedProxies,
    onRefusal: (refusal) => refusals.push(refusal),
  });
  const { httpUrl = '' } = await gateway.listen({ httpPort: 0 });
  port = Number(new URL(httpUrl).port);
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await gateway.close(100);
});

async function open(localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {}); // it is cut off if a test says so
  sockets.push(socket);
  await happened(socket, 'connect');
  return socket;
}

/** Resolves at an event or when the socket closes; `once` would reject on a reset. */
function happened(socket: Socket, event: 'connect' | 'data' | 'close'): Promise<void> {
  return new Promise((resolve) => {
    socket.once(event, () => resolve());
    socket.once('close', () => resolve());
  });
}

const SLOW = 'POST /pets HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n';

/** Waits until the server wants the body, or has closed the connection. */
async function openSlowBody(localAddress?: string, header = ''): Promise<Socket> {
  const socket = await open(localAddress);
  const isAnswered = happened(socket, 'data');
  socket.write(`${SLOW}${header}\r\n`);
  await isAnswered;
  socket.write('{');
  return socket;
}

async function health(localAddress = '127.0.0.1', options: object = {}): Promise<number | undefined> {
  const request = get({ host: '127.0.0.1', port, path: '/health', localAddress, ...options });
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

/** Sends a request and waits for its answer; the connection stays open. */
async function ask(socket: Socket): Promise<string> {
  socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
  const [answer] = await once(socket, 'data');
  return String(answer);
}

itOnLinux('2,048 slow bodies from one address do not keep others from /health', async () => {
  await start();
  const slow: Socket[] = [];
  for (let count = 0; count < 2_048; count += 64) {
    slow.push(...(await Promise.all(Array.from({ length: 64 }, () => openSlowBody(ATTACKER)))));
  }
  expect(await health(OTHER)).toBe(200);
  expect(refusals[0]).toMatchObject({ reason: 'too_many_from_address', sourceIp: ATTACKER });
  expect(slow.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(1_024);
});

itOnLinux('an address at its limit gets a new connection by closing its own idle one, and nobody else’s', async () => {
  await start({ connectionsPerAddress: 2 });
  const others = await open(OTHER);
  const [first, second] = [await open(ATTACKER), await open(ATTACKER)];
  await ask(first); // now the second has been idle longest
  const closed = happened(second, 'close');
  expect(await ask(await open(ATTACKER))).toContain('200 OK');
  await closed;
  expect([await ask(first), await ask(others)]).toEqual([
    expect.stringContaining('200 OK'),
    expect.stringContaining('200 OK'),
  ]);
});

it('at the total limit one idle connection is closed, and the others stay', async () => {
  await start({ connections: 5 });
  const idle: Socket[] = [];
  for (let count = 0; count < 5; count += 1) {
    const socket = await open();
    await ask(socket);
    idle.push(socket);
  }
  const closed = happened(idle[0] as Socket, 'close');
  expect(await health()).toBe(200);
  await closed;
  for (const socket of idle.slice(1)) expect(await ask(socket)).toContain('200 OK');
  expect(refusals).toEqual([{ reason: 'too_many_http_connections', count: 1, sourceIp: '127.0.0.1' }]);
});

it('a connection with a request in progress is not closed for another: the new one is', async () => {
  await start({ connections: 2 });
  const slow = [await openSlowBody(), await openSlowBody()];
  const agent = new Agent();
  await expect(health(undefined, { agent })).rejects.toMatchObject({ code: 'ECONNRESET' });
  slow[0]?.destroy();
  while ((await health().catch(() => true)) !== 200);
  expect(slow[1]?.destroyed).toBe(false);
});

describe('behind a trusted proxy', () => {
  const from = (address: string) => `X-Forwarded-For: ${address}\r\n`;

  beforeEach(() => start({ connectionsPerAddress: 2 }, ['loopback']));

  it('requests of one client are limited, and other clients are served', async () => {
    await openSlowBody(undefined, from('192.0.2.1'));
    await openSlowBody(undefined, from('192.0.2.1'));
    const third = await open();
    third.write(`${SLOW}${from('192.0.2.1')}\r\n{`);
    const [answer] = await once(third, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 429 .*retry-after: 5\r\n/is);
    await happened(third, 'close'); // its body would keep the proxy's connection open
    expect(await health(undefined, { headers: { 'X-Forwarded-For': '192.0.2.2' } })).toBe(200);
    expect(refusals).toEqual([{ reason: 'too_many_from_address', count: 1, sourceIp: '192.0.2.1' }]);
  });

  it('a client that has been answered may send another request', async () => {
    for (let count = 0; count < 5; count += 1) {
      expect(await health(undefined, { headers: { 'X-Forwarded-For': '192.0.2.1' } })).toBe(200);
    }
    expect(refusals).toEqual([]);
  });
});
