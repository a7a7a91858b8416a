/**
 * The limit: plain `ws` with answers in the protocol's format, which no server on Node and `ws` can beat. With `--together`, frames that
 * answer one read are sent in one write, like ours: the limit for that. With `--writes`, a broadcast is one system call for each client:
 * the limit for one thread.
 */
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { answer, broadcastFrame, greeting } from './answers';
import { createHttpPort, listen } from './http-port';
import { writeToAll } from './write-to-all';

const together = process.argv.includes('--together');
const onlyWrites = process.argv.includes('--writes');
const streams = new Map<WebSocket, Duplex>();
const server = createHttpPort((body) => {
  const bytes = Buffer.from(JSON.stringify(broadcastFrame(body))); // encoded once for all clients
  if (onlyWrites) return writeToAll(streams.values(), bytes);
  for (const client of sockets.clients) client.send(bytes, { binary: false });
});
const sockets = new WebSocketServer({ server });

sockets.on('connection', (socket, request) => {
  const send = (frame: object) => socket.send(JSON.stringify(frame));
  socket.on('message', (data) => {
    if (together) holdUntilRead(request.socket);
    answer(JSON.parse(data.toString()), send);
  });
  if (onlyWrites) {
    streams.set(socket, request.socket);
    socket.on('close', () => streams.delete(socket));
  }
  socket.on('error', () => {}); // the load ends its connections with a reset
  send(greeting());
});

function holdUntilRead(stream: Duplex): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

listen(server);
