import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { OFFER } from '../../../support/handshake';
import { startTestGateway, type TestGateway } from '../../../support/websocket-gateway';

let gateway: TestGateway;

afterEach(() => gateway.stop(100));

/** Offers the handshake, and keeps its side open when the gateway ends the other. */
async function offer(headers: Record<string, string>): Promise<{ socket: Socket; answer: string }> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const lines = Object.entries({ Host: hostname, ...headers }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await once(socket, 'end');
  return { socket, answer };
}

/** Keeps writing until the other side turns out to be gone. */
function failureOf(socket: Socket): Promise<{ code?: string }> {
  const write = () => socket.write('still here', (error) => error || setImmediate(write));
  write();
  return new Promise((resolve) => socket.on('error', resolve));
}

describe('a refused handshake', () => {
  it.each([
    [400, 'with an invalid key', { ...OFFER, 'Sec-WebSocket-Key': 'short' }],
    [426, 'with another protocol version', { ...OFFER, 'Sec-WebSocket-Version': '8' }],
    [403, 'that $connect refuses', OFFER],
  ])('with %d closes TCP without waiting for the client: a request %s', async (status, _, headers) => {
    gateway = await startTestGateway({ connect: async () => ({ statusCode: 403 }) });
    const { socket, answer } = await offer(headers);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const { code } = await failureOf(socket);
    expect(code).toMatch(/^(ECONNRESET|EPIPE)$/);
  });
});
