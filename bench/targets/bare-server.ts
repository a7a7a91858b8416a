/**
 * The limit: plain `ws` with answers in the protocol's format, which no server on Node and `ws` can beat. With `--together`, frames that
 * answer one read are sent in one write, like ours: the limit for that.
 */
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { answer, broadcastFrame, greeting } from './answers';
import { createHttpPort, listen } from './http-port';

const together = process.argv.includes('--together');
const server = createHttpPort((body) => {
  const bytes = Buffer.from(JSON.stringify(broadcastFrame(body))); // encoded once for all clients
  for (const client of sockets.clients) client.send(bytes, { binary: false });
});
const sockets = new WebSocketServer({ server });

sockets.on('connection', (socket, request) => {
  const send = (frame: object) => socket.send(JSON.stringify(frame));
  socket.on('message', (data) => {
    if (together) holdUntilRead(request.socket);
    answer(JSON.parse(data.toString()), send);
  });
  socket.on('error', () => {}); // the load ends its connections with a reset
  send(greeting());
});

function holdUntilRead(stream: Duplex): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

listen(server);
