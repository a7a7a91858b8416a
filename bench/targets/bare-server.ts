/** The limit: `ws` as it is, answering in the protocol's format. What a server on Node and `ws` can't be faster than. */
import { WebSocketServer } from 'ws';
import { answer, broadcastFrame, greeting } from './answers';
import { createHttpPort, listen } from './http-port';

const server = createHttpPort((body) => {
  const text = JSON.stringify(broadcastFrame(body));
  for (const client of sockets.clients) client.send(text);
});
const sockets = new WebSocketServer({ server });

sockets.on('connection', (socket) => {
  const send = (frame: object) => socket.send(JSON.stringify(frame));
  socket.on('message', (data) => answer(JSON.parse(data.toString()), send));
  socket.on('error', () => {}); // the load ends its connections with a reset
  send(greeting());
});

listen(server);
