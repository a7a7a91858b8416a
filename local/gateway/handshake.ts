/** The handshake: $connect runs before the upgrade is answered, and only its 2xx leads to a 101. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocketServer } from 'ws';
import { GatewayWebSocket } from './gateway-web-socket';
import { type HandlerResult, statusOf } from './handler';
import type { Invocation } from './integration';

/** Accepts the client, with this subprotocol if any, or refuses its handshake with this status. */
export type ConnectAnswer = { protocol?: string } | { refusal: number };

/** Subprotocols of handshakes in progress. */
const protocols = new WeakMap<IncomingMessage, string>();

export interface UpgradeRequest {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** Fragments of one message, and chunks in which one frame arrives; more close the connection with 1008. The defaults of `ws` suit 100 MiB. */
export const MAX_FRAGMENTS = 4_096;

/** Milliseconds that a client has to answer a close frame. */
const CLOSE_TIMEOUT = 10_000;

/** True for an upgrade to WebSocket. A server may ignore other upgrades, such as `h2c`. */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** True for the only version (RFC 6455, section 4.2.2). Earlier ones were drafts. */
export function isVersion13({ headers }: IncomingMessage): boolean {
  return headers['sec-websocket-version'] === '13';
}

/** True if `ws` will accept the request; checked before $connect, so that no session starts for a handshake that cannot succeed. */
export function isHandshake({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '');
}

/** The answer for an outcome of $connect. (API Gateway's status after a timeout is not known; 504 describes it.) */
export function answerOf(outcome: Invocation): ConnectAnswer {
  if (outcome === 'failed') return { refusal: 502 };
  if (outcome === 'timed out') return { refusal: 504 };
  const status = statusOfConnect(outcome.result);
  if (status < 200 || status > 299) return { refusal: status };
  return { protocol: protocolOf(outcome.result) };
}

/** @param maxPayload  maximum bytes of a message */
export function createAcceptor(maxPayload: number): WebSocketServer {
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    WebSocket: GatewayWebSocket,
    maxPayload,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_FRAGMENTS,
    closeTimeout: CLOSE_TIMEOUT,
    handleProtocols: (_offered, request) => protocols.get(request) ?? false, // `ws` would pick one by itself
  };
  return new WebSocketServer(options);
}

/**
 * Answers 101, once the socket is uncorked: the greeting then leaves in the same write.
 * @returns undefined if the client has gone
 */
export function completeHandshake(
  acceptor: WebSocketServer,
  { request, socket, head }: UpgradeRequest,
  protocol: string | undefined,
): GatewayWebSocket | undefined {
  if (protocol !== undefined) protocols.set(request, protocol);
  let opened: GatewayWebSocket | undefined;
  socket.cork();
  acceptor.handleUpgrade(request, socket, head, (webSocket) => {
    opened = webSocket as GatewayWebSocket; // called before handleUpgrade returns, or never
  });
  return opened;
}

export interface RefusalAnswer {
  headers?: Record<string, string>;
  /** An explanation for people. */
  body?: object;
}

/** Ends the connection once the answer is sent: a client that keeps its side open would keep ours open forever. */
export function refuse(socket: Duplex, status: number, { headers = {}, body }: RefusalAnswer = {}): void {
  if (!socket.writable) return;
  socket.once('finish', () => socket.destroy());
  const text = body === undefined ? '' : JSON.stringify(body);
  const all: Record<string, string> = {
    Connection: 'close',
    'Content-Length': String(Buffer.byteLength(text)),
    ...(body && { 'Content-Type': 'application/json' }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${lines.join('\r\n')}\r\n\r\n${text}`);
}

/** 502 for an invalid answer: no object, no status, or a status below 200, which would look like an unfinished handshake. */
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
