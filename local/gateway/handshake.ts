/** The handshake: $connect runs while the upgrade is held, and only its 2xx gets the client its 101. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { type HandlerResult, statusOf } from './handler';
import type { Invocation } from './integration';

/** Subprotocols that $connect chose, for `handleProtocols` of `ws`: the gateway itself never picks one. */
export const chosenProtocols = new WeakMap<IncomingMessage, string>();

export interface UpgradeRequest {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** True for a request that `ws` will take; asked before $connect runs, so that no session begins for another. */
export function isHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '') &&
    headers['sec-websocket-version'] === '13'
  );
}

/**
 * What $connect's outcome means. Undefined where the client may come in, and then its subprotocol is settled;
 * else the status that the handshake fails with. (Which one it is after a timeout is not known; 504 says what happened.)
 */
export function refusalOf(request: IncomingMessage, outcome: Invocation): number | undefined {
  if (outcome === 'failed') return 502;
  if (outcome === 'timed out') return 504;
  const status = statusOfConnect(outcome.result);
  if (status < 200 || status > 299) return status;
  const protocol = protocolOf(outcome.result);
  if (protocol !== undefined) chosenProtocols.set(request, protocol);
  return undefined;
}

/** Answers 101. Undefined where the client has gone meanwhile. */
export function completeHandshake(
  server: WebSocketServer,
  { request, socket, head }: UpgradeRequest,
): WebSocket | undefined {
  let opened: WebSocket | undefined;
  server.handleUpgrade(request, socket, head, (webSocket) => {
    opened = webSocket; // called before handleUpgrade returns, or never
  });
  return opened;
}

/** Ends the connection as soon as the answer is out: a client that keeps its own side open would hold ours for good. */
export function refuse(socket: Duplex, status: number): void {
  if (!socket.writable) return;
  socket.once('finish', () => socket.destroy());
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`, 'Connection: close', 'Content-Length: 0'];
  socket.end(`${head.join('\r\n')}\r\n\r\n`);
}

/** 502 for what is no answer; so are a missing status, and one below 200, which would read as a handshake that goes on. */
function statusOfConnect(result: HandlerResult): number {
  if (typeof result !== 'object' || result?.statusCode === undefined) return 502;
  const status = statusOf(result) ?? 502;
  return status < 200 ? 502 : status;
}

function protocolOf(result: HandlerResult): string | undefined {
  const headers = typeof result === 'object' ? (result.headers ?? {}) : {};
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol');
  return found && String(found[1]);
}
