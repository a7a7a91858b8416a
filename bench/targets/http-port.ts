/** The HTTP side of a compared server: reports its health, and accepts a broadcast. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** @param broadcast  called with the body of `POST /broadcast` */
export function createHttpPort(broadcast: (body: { message_type: string; data?: object }) => void): Server {
  return createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      if (request.method === 'POST') broadcast(JSON.parse(text));
      response.setHeader('content-type', 'application/json');
      response.end('{"status":"success"}');
    });
  });
}

/** Opens the port and prints its URL in the format of `npm start`. */
export function listen(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`WebSocket ws://127.0.0.1:${port}\nHTTP API http://127.0.0.1:${port}\n`);
  });
}
