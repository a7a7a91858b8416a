/** An HTTP server on a free loopback port, for a stub of a remote service. It answers only this process. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isOwnCall, UNKNOWN_CALLER } from './own-callers';

export interface LoopbackServer {
  url: string;
  stop(): Promise<void>;
}

/**
 * @param accessKeyId  that must sign the calls
 * @param answer       if it throws, only its caller's connection is closed
 */
export function serveOnLoopback(
  accessKeyId: string,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>,
): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  return listenOnLoopback(accessKeyId, server);
}

/** @param server  its request listeners get only requests of this process */
export async function listenOnLoopback(accessKeyId: string, server: Server): Promise<LoopbackServer> {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (!isOwnCall(request, accessKeyId)) {
      const { status, headers, body } = UNKNOWN_CALLER;
      return response.writeHead(status, headers).end(body);
    }
    for (const listener of listeners) listener.call(server, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
