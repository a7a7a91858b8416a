/** A popular alternative: Socket.IO, answering the same messages, with each frame as an event's argument. */
import { Server } from 'socket.io';
import { answer, broadcastFrame, greeting } from './answers';
import { createHttpPort, listen } from './http-port';

const server = createHttpPort((body) => io.emit('message', broadcastFrame(body)));
const io = new Server(server, { pingInterval: 3_600_000 }); // the load answers no heartbeat; the other servers send none

io.on('connection', (socket) => {
  const send = (frame: object) => socket.emit('message', frame);
  socket.on('message', (message) => answer(message, send));
  send(greeting());
});

listen(server);
