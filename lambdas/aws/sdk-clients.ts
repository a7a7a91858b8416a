/** Time limits and sockets of the SDK's clients: a service that hangs must not hold a client's message or handshake. */
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';

/** Milliseconds to open a connection to an AWS service. Within a region it takes a few. */
const CONNECT_TIMEOUT = 1_000;

/** Milliseconds for one try of a call. DynamoDB, Lambda and Secrets Manager answer within tens. */
const REQUEST_TIMEOUT = 2_000;

/**
 * Tries of a call, for the services whose calls are safe to repeat: conditional writes, reads, tasks that may run twice. With the SDK's
 * pauses all of them end within 7 seconds, below the 8 of an authorizer.
 */
export const SAFE_TO_RETRY = { maxAttempts: 3 } as const;

/**
 * @param timeout         milliseconds for one try
 * @param connectTimeout  milliseconds to open a connection
 */
export function requestHandler(timeout = REQUEST_TIMEOUT, connectTimeout = Math.min(CONNECT_TIMEOUT, timeout)) {
  return {
    connectionTimeout: connectTimeout,
    requestTimeout: timeout,
    throwOnRequestTimeout: true, // or the SDK only warns
  };
}

/** On the errors of calls whose kept-alive socket was reset before an answer: the other side had closed it while it was idle. */
const STALE = Symbol('stale socket');

export function isStaleSocket(error: unknown): boolean {
  return typeof error === 'object' && error !== null && STALE in error;
}

/** Marks the error of a call that was sent on a reused socket: the SDK passes on the error, and does not tell. */
function watchReuse(request: ClientRequest): void {
  request.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') Object.assign(error, { [STALE]: true });
  });
}

/** Sockets to one service: the SDK's own number. */
export const MAX_SOCKETS = 50;

const KEPT_ALIVE = { keepAlive: true, maxSockets: MAX_SOCKETS } as const;

class WatchedHttpAgent extends HttpAgent {
  override reuseSocket(socket: Socket, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    watchReuse(request);
  }
}

class WatchedHttpsAgent extends HttpsAgent {
  override reuseSocket(socket: Socket, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    watchReuse(request);
  }
}

/** Agents whose stale sockets `isStaleSocket` knows. */
export function watchedAgents() {
  return { httpAgent: new WatchedHttpAgent(KEPT_ALIVE), httpsAgent: new WatchedHttpsAgent(KEPT_ALIVE) };
}
