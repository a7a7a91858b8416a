/** The server of a port: HTTPS with a certificate, else HTTP. */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';

/** Both in PEM. */
export interface TlsFiles {
  cert: Buffer;
  key: Buffer;
}

/** Timeout in milliseconds for the TLS handshake. */
const TLS_TIMEOUT = 10_000;

export function createListener(tls: TlsFiles | undefined, options: ServerOptions, onRequest: RequestListener): Server {
  if (!tls) return createServer(options, onRequest);
  // Half-open, as for plain HTTP: otherwise Node would close the socket when the client ends its side, before everything received is
  // handled.
  return createTlsServer({ ...options, ...tls, handshakeTimeout: TLS_TIMEOUT, allowHalfOpen: true }, onRequest);
}

/** The event of a connection that is ready for requests. */
export function connectionEvent(tls: TlsFiles | undefined): 'connection' | 'secureConnection' {
  return tls ? 'secureConnection' : 'connection';
}

/** For new connections; open ones continue. */
export function renewTls(servers: readonly Server[], tls: TlsFiles): void {
  for (const server of servers) (server as TlsServer).setSecureContext(tls);
}
