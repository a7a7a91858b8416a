/** The handshake: $connect runs while the upgrade is held, and only its 2xx gets the client its 101. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocketServer } from 'ws';
import { GatewayWebSocket } from './gateway-web-socket';
import { type HandlerResult, statusOf } from './handler';
import type { Invocation } from './integration';

/** The client comes in, by this subprotocol if any; or its handshake fails with this status. */
export type ConnectAnswer = { protocol?: string } | { refusal: number };

/** Subprotocols of the handshakes that are being completed. */
const protocols = new WeakMap<IncomingMessage, string>();

export interface UpgradeRequest {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** Frames of one message, and pieces in which one frame arrives; more close the connection with 1008. `ws` has its defaults for 100 MiB. */
export const MAX_FRAGMENTS = 4_096;

/** Milliseconds in which a client has to answer a close frame. */
const CLOSE_TIMEOUT = 10_000;

/** True for a request that wants a WebSocket, and not `h2c` for example, which a server may ignore. */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** True for the one version that there is (RFC 6455, section 4.2.2). Those before it were drafts. */
export function isVersion13({ headers }: IncomingMessage): boolean {
  return headers['sec-websocket-version'] === '13';
}

/** True for a request that `ws` will take; asked before $connect runs, so that no session begins for another. */
export function isHandshake({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '');
}

/** What $connect's outcome means. (Which status it is after a timeout is not known; 504 says what happened.) */
export function answerOf(outcome: Invocation): ConnectAnswer {
  if (outcome === 'failed') return { refusal: 502 };
  if (outcome === 'timed out') return { refusal: 504 };
  const status = statusOfConnect(outcome.result);
  if (status < 200 || status > 299) return { refusal: status };
  return { protocol: protocolOf(outcome.result) };
}

/** @param maxPayload  bytes of a message */
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

/** Answers 101. Undefined where the client has gone meanwhile. */
export function completeHandshake(
  acceptor: WebSocketServer,
  { request, socket, head }: UpgradeRequest,
  protocol: string | undefined,
): GatewayWebSocket | undefined {
  if (protocol !== undefined) protocols.set(request, protocol);
  let opened: GatewayWebSocket | undefined;
  acceptor.handleUpgrade(request, socket, head, (webSocket) => {
    opened = webSocket as GatewayWebSocket; // called before handleUpgrade returns, or never
  });
  return opened;
}

export interface RefusalAnswer {
  headers?: Record<string, string>;
  /** For people. */
  body?: object;
}

/** Ends the connection as soon as the answer is out: a client that keeps its own side open would hold ours for good. */
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
