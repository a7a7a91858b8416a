/** The handshake: $connect runs while the upgrade is held, and only its 2xx gets the client its 101. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { type Handler, type HandlerResult, type OnError, statusOf } from './handler';
import { type ConnectEvent, type ConnectionFacts, connectEvent } from './websocket-events';

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

/** Runs $connect. Undefined where the client may come in, else the status that its handshake fails with. */
export async function refusalOf(
  { request }: UpgradeRequest,
  facts: ConnectionFacts,
  connect: Handler<ConnectEvent>,
  now: number,
  onError: OnError,
): Promise<number | undefined> {
  let result: HandlerResult;
  try {
    result = await connect(connectEvent(facts, request, now));
  } catch (error) {
    onError('$connect', error);
    return 502;
  }
  const status = statusOf(result) ?? 502;
  if (status < 200 || status > 299) return status;
  const protocol = protocolOf(result);
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

export function refuse(socket: Duplex, status: number): void {
  if (!socket.writable) return;
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`, 'Connection: close', 'Content-Length: 0'];
  socket.end(`${head.join('\r\n')}\r\n\r\n`);
}

function protocolOf(result: HandlerResult): string | undefined {
  const headers = typeof result === 'object' ? (result.headers ?? {}) : {};
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol');
  return found && String(found[1]);
}
