/** Timeouts and sockets of the SDK clients: a service that hangs must not block a client's message or handshake. */
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';

/** Milliseconds to connect to an AWS service. Within a region it takes a few. */
const CONNECT_TIMEOUT = 1_000;

/** Milliseconds per attempt. DynamoDB, Lambda and Secrets Manager answer within tens. */
const REQUEST_TIMEOUT = 2_000;

/**
 * Attempts for services whose calls are safe to repeat: conditional writes, reads, tasks that may run twice. With the SDK's backoff, all
 * attempts end within 7 seconds, below an authorizer's 8.
 */
export const SAFE_TO_RETRY = { maxAttempts: 3 } as const;

/**
 * @param timeout         milliseconds per attempt
 * @param connectTimeout  milliseconds to connect
 */
export function requestHandler(timeout = REQUEST_TIMEOUT, connectTimeout = Math.min(CONNECT_TIMEOUT, timeout)) {
  return {
    connectionTimeout: connectTimeout,
    requestTimeout: timeout,
    throwOnRequestTimeout: true, // otherwise the SDK only warns
  };
}

/** Set on errors of calls whose reused socket was reset before a response: the server had closed it while it was idle. */
const STALE = Symbol('stale socket');

export function isStaleSocket(error: unknown): boolean {
  return typeof error === 'object' && error !== null && STALE in error;
}

/** Marks the error of a call on a reused socket; the SDK passes the error on but not that fact. */
function watchReuse(request: ClientRequest): void {
  request.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') Object.assign(error, { [STALE]: true });
  });
}

/** Sockets per service; the SDK's default. */
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

/** Agents that mark stale sockets for `isStaleSocket`. */
export function watchedAgents() {
  return { httpAgent: new WatchedHttpAgent(KEPT_ALIVE), httpsAgent: new WatchedHttpsAgent(KEPT_ALIVE) };
}
