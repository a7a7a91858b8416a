/**
 * Whatever clients send, and however it is cut into frames and chunks: each message is handled once, in order, until its client has ended.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { createCertificate, hasOpenssl } from '../support/certificate';
import { type Deferred, deferred } from '../support/deferred';
import { OFFER } from '../support/handshake';
import { createRandom, type Random } from '../support/random';
import { closeFrame, frame, openRaw } from '../support/raw-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

const CLIENTS = 10;
const MESSAGES = 60;

let gateway: TestGateway;
let sockets: Socket[];
/** The numbers of the handled messages, by client. */
let handled: number[][];
let lastOnes: Deferred<void>;

async function start(random: Random): Promise<void> {
  handled = Array.from({ length: CLIENTS }, () => []);
  lastOnes = deferred();
  let last = 0;
  gateway = await startTestGateway({
    routeResponse: false,
    limits: { frameBytes: 131_072 },
    gateway: { trustedProxies: ['loopback'] },
    async message({ body }) {
      const { client, number } = JSON.parse(body as string);
      handled[client]?.push(number);
      if (number === MESSAGES) last += 1;
      if (last === CLIENTS) lastOnes.resolve();
      if (random(10) < 3) await sleep(random(10)); // so that some are busy
      return undefined;
    },
  });
  const from = (client: number) => ({ 'X-Forwarded-For': `192.0.2.${client % 3}` });
  sockets = await Promise.all(handled.map((_, client) => openRaw(gateway.url, from(client))));
  for (const socket of sockets) socket.resume();
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await gateway.stop(100);
});

/** A message of any size, in one to a thousand frames, with pings and pongs between them. */
function framesOf(random: Random, client: number, number: number): Buffer[] {
  const most = random(20) > 0 ? 2_000 : 60_000;
  const bytes = Buffer.from(JSON.stringify({ client, number, text: 'x'.repeat(random(most)) }));
  const pieces = random(10) < 6 ? 1 : 1 + random(random(10) < 8 ? 100 : 1_000);
  const step = Math.ceil(bytes.length / pieces);
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) {
    if (random(10) === 0) frames.push(frame('', { opcode: 9 + random(2) }));
    frames.push(frame(bytes.subarray(at, at + step), { opcode: at === 0 ? 1 : 0, fin: at + step >= bytes.length }));
  }
  return frames;
}

/** Everything from one client, in chunks of any size. */
async function sendAll(random: Random, client: number): Promise<void> {
  const socket = sockets[client] as Socket;
  const numbers = Array.from({ length: MESSAGES }, (_, number) => number);
  const bytes = Buffer.concat(numbers.flatMap((number) => framesOf(random, client, number)));
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random(random(10) < 3 ? 20 : 100_000);
    if (!socket.write(bytes.subarray(at, at + size))) await once(socket, 'drain');
    at += size;
    if (random(10) < 3) await nextTurn();
  }
}

const inOrder = (count: number) => handled.map(() => Array.from({ length: count }, (_, number) => number));

it('all messages of a client that stays are handled in order, and nothing stays held', async () => {
  const random = createRandom(1);
  await start(random);
  await Promise.all(sockets.map((_, client) => sendAll(random, client)));
  for (const [client, socket] of sockets.entries()) socket.write(frame(JSON.stringify({ client, number: MESSAGES })));
  await lastOnes.promise;
  while (gateway.status().runningEvents > 0 || gateway.status().heldBytes > 0) await nextTurn();
  expect(handled).toEqual(inOrder(MESSAGES + 1));
});

it.each([
  ['a close frame', 1000, (socket: Socket) => socket.write(closeFrame(1000))],
  ['a close frame and the end of TCP', 1000, (socket: Socket) => socket.end(closeFrame(1000))],
  ['only the end of TCP', 1006, (socket: Socket) => socket.end()],
])('all messages before %s are handled in order', async (_, code, end) => {
  const random = createRandom(2);
  await start(random);
  await Promise.all(sockets.map((socket, client) => sendAll(random, client).then(() => end(socket))));
  while (gateway.disconnects.length < CLIENTS) await nextTurn();
  expect(handled).toEqual(inOrder(MESSAGES));
  const codes = gateway.disconnects.map(({ requestContext }) => requestContext.disconnectStatusCode);
  expect(codes).toEqual(Array(CLIENTS).fill(code));
});

(hasOpenssl() ? it : it.skip)('all messages before the end of TLS are handled', async () => {
  const { settings, remove } = createCertificate();
  const tls = { cert: readFileSync(settings.TLS_CERT), key: readFileSync(settings.TLS_KEY) };
  remove();
  gateway = await startTestGateway({ routeResponse: false, gateway: { tls } });
  const { hostname, port, host } = new URL(gateway.url);
  const socket = connect({ host: hostname, port: Number(port), ca: tls.cert, allowHalfOpen: true } as object);
  sockets = [socket];
  const lines = Object.entries({ Host: host, ...OFFER }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.resume().end(Buffer.concat(Array(3_000).fill(frame('{}'))));
  await gateway.disconnected;
  expect(gateway.messages).toHaveLength(3_000);
});
