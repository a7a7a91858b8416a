/** The server of a port: HTTP, or HTTPS where there is a certificate. */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';

/** Both in PEM. */
export interface TlsFiles {
  cert: Buffer;
  key: Buffer;
}

/** Milliseconds in which a client has to complete its part of TLS. */
const TLS_TIMEOUT = 10_000;

export function createListener(tls: TlsFiles | undefined, options: ServerOptions, onRequest: RequestListener): Server {
  if (!tls) return createServer(options, onRequest);
  return createTlsServer({ ...options, ...tls, handshakeTimeout: TLS_TIMEOUT }, onRequest);
}

/** The event of a connection that requests can come on. */
export function connectionEvent(tls: TlsFiles | undefined): 'connection' | 'secureConnection' {
  return tls ? 'secureConnection' : 'connection';
}

/** For connections from now on; those that are open go on. */
export function renewTls(servers: readonly Server[], tls: TlsFiles): void {
  for (const server of servers) (server as TlsServer).setSecureContext(tls);
}
