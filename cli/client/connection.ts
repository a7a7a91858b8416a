/** A connection to a server: sends messages, passes on frames, sends heartbeats, and reports its end. */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { CatchUp } from './catch-up';
import { type Closed, closingFrom } from './close-codes';
import { ConnectError } from './connect-error';
import { fragmentsOf } from './fragments';
import { type JsonObject, type Received, receivedFrom, stringifyJson } from './frame';
import { createHeartbeat } from './heartbeat';
import { createToolNames } from './tool-names';
import { createToolAnswers, type FileTools } from './tools';

export interface Connection {
  /** Sends a message of the protocol, and returns its `message_id`. */
  send(type: string, data?: JsonObject): string;
  sendText(text: string): void;
  /** Closes with 1000; resolves when that is done, or when the server does not answer in time. */
  close(): Promise<Closed>;
  closed: Promise<Closed>;
  /** The server's answer to the registration of tools; undefined without tools. */
  toolsRegistered: Promise<Received> | undefined;
  /** Names of the server's tools. */
  toolNames(): Promise<readonly string[]>;
}

export interface ConnectOptions {
  url: URL;
  timeoutSeconds: number;
  /** The client's tools. */
  tools?: FileTools | undefined;
  /** Asks for what was missed since the last connection. */
  catchUp?: CatchUp;
  onOpen?(): void;
  onReceived(received: Received): void;
}

/** Timeout in milliseconds for the server's answer to a close. */
const CLOSE_GRACE = 2_000;

/** @throws ConnectError */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { url, timeoutSeconds, tools, catchUp, onOpen, onReceived } = options;
  const socket = new WebSocket(url, { handshakeTimeout: timeoutSeconds * 1_000, perMessageDeflate: false });
  const heartbeat = createHeartbeat(() => send('ping'));
  const toolAnswers = tools && createToolAnswers(tools, send);
  const offered = createToolNames(send);
  let closing: Pick<Closed, 'isForGood' | 'afterMs'> = {};
  const closed = new Promise<Closed>((resolve) => {
    socket.on('close', (code, reason) => {
      heartbeat.stop();
      resolve({ code, reason: reason.toString(), ...closing });
    });
  });

  if (onOpen) socket.on('open', onOpen);
  socket.on('message', (data) => {
    const received = receivedFrom(data.toString());
    for (const one of catchUp?.take(received, send) ?? [received]) take(one);
  });

  function take(received: Received): void {
    if (received.frame?.type === 'connection_closing') closing = closingFrom(received.frame.data);
    const isOwn = heartbeat.takes(received) || toolAnswers?.takes(received) || offered.takes(received);
    if (!isOwn) onReceived(received);
  }

  function sendText(text: string): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    for (const { bytes, last } of fragmentsOf(text)) socket.send(bytes, { binary: false, fin: last });
  }

  function send(type: string, data?: JsonObject): string {
    const id = randomUUID();
    const timestamp = new Date().toISOString();
    sendText(stringifyJson({ type, ...(data && { data }), message_id: id, timestamp }));
    return id;
  }

  async function close(): Promise<Closed> {
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), CLOSE_GRACE);
    return closed.finally(() => clearTimeout(timer));
  }

  await opened(socket, url);
  return { send, sendText, close, closed, toolsRegistered: toolAnswers?.registered, toolNames: offered.get };
}

function opened(socket: WebSocket, url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve());
    socket.on('error', (error) => reject(ConnectError.from(error, url))); // once open, `close` reports errors
    socket.on('unexpected-response', (request, { statusCode }) => {
      request.destroy();
      reject(ConnectError.fromStatus(statusCode ?? 0, url));
    });
  });
}
