/** Requests to a receiver of events, over real sockets. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createEventPoster } from '../../../../local/events/post-event';
import type { Receiver } from '../../../../local/events/receivers';
import { createFakeClock } from '../../../support/fake-clock';
import { SECRET } from '../../../support/webhook-receiver';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function prepare(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const receiver: Receiver = {
    name: 'ours',
    url,
    secrets: [SECRET],
    types: new Set(),
    labels: undefined,
    concurrency: 8,
    timeout: 15_000,
  };
  const clock = createFakeClock();
  const poster = createEventPoster(receiver, clock);
  stops.push(() => {
    poster.stop();
    server.closeAllConnections();
    server.close();
  });
  return { poster, clock, sockets };
}

test('events share a connection, and a redirect is a failure that is not followed', async () => {
  const paths: (string | undefined)[] = [];
  const { poster, sockets } = await prepare((request, response) => {
    paths.push(request.url);
    if (paths.length < 3) response.writeHead(200).end('thank you');
    else response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await poster.post('a', '{}')).toEqual({ isDelivered: true });
  expect(await poster.post('b', '{}')).toEqual({ isDelivered: true });
  expect(await poster.post('c', '{}')).toEqual({ isDelivered: false, reason: 'status 307' });
  expect([paths, sockets.length]).toEqual([['/', '/', '/'], 1]);
});

test('an answer that does not come, or does not end, is cut off after the time limit', async () => {
  let came = () => {};
  const { poster, clock, sockets } = await prepare((request, response) => {
    request.resume();
    came();
    if (sockets.length === 2) response.writeHead(200).write('and so on');
  });
  const arrival = new Promise<void>((resolve) => {
    came = resolve;
  });
  const silent = poster.post('a', '{}');
  await arrival;
  clock.advance(15_000);
  expect(await silent).toEqual({ isDelivered: false, reason: 'no answer within 15 seconds' });

  expect(await poster.post('b', '{}')).toEqual({ isDelivered: true });
  const closed = once(sockets[1] as Socket, 'close');
  clock.advance(15_000);
  await closed;
});

test('a receiver that is not there is named by the error code', async () => {
  const { poster } = await prepare((request) => request.socket.destroy());
  expect(await poster.post('a', '{}')).toEqual({ isDelivered: false, reason: 'ECONNRESET' });
});
