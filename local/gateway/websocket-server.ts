/** The WebSocket port of the gateway: sockets in, events to the handlers of three routes, results back to the sockets. */
import { createServer, type Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Handler, HandlerResult, OnError } from './handler';
import { CLOSE, type Ending, LiveConnection } from './live-connection';
import { Running } from './running';
import { chosenProtocols, completeHandshake, isHandshake, refusalOf, refuse, type UpgradeRequest } from './upgrade';
import {
  type ConnectEvent,
  type ConnectionFacts,
  connectionFacts,
  type DisconnectEvent,
  disconnectEvent,
  type MessageEvent,
  messageEvent,
} from './websocket-events';

export interface WebSocketOptions {
  connect: Handler<ConnectEvent>;
  disconnect: Handler<DisconnectEvent>;
  /** Called for each message; the `body` of its result is sent to the client, as with a route response. */
  message: Handler<MessageEvent>;
  onError: OnError;
  limits: {
    /** Bytes of a message; a larger one closes its connection with 1009. */
    messageBytes: number;
    /** Bytes that may wait for a client to read them; above it the client is cut off. */
    unsentBytes: number;
    /** Seconds without a message after which a connection is closed with 1001. */
    idleSeconds: number;
    /** Seconds after which a connection is closed with 1001, busy or not. */
    lifetimeSeconds: number;
  };
  /** Milliseconds since 1970. */
  now(): number;
}

export interface WebSocketGateway {
  server: Server;
  /** An open connection; undefined while its $connect still runs, and once it is closed. */
  connection(connectionId: string): LiveConnection | undefined;
  /** Closes what is idle or old. Runs every second by itself; a test calls it after moving its clock. */
  sweep(): void;
  /**
   * Takes nothing new, lets running handlers finish, closes each connection with 1001, cuts off what is left.
   * @param graceMilliseconds  how long handlers and closing handshakes may take
   */
  stop(graceMilliseconds: number): Promise<void>;
}

export function createWebSocketGateway(options: WebSocketOptions): WebSocketGateway {
  const { limits, now, onError } = options;
  const connections = new Map<string, LiveConnection>();
  const running = new Running();
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.messageBytes,
    handleProtocols: (_offered, request) => chosenProtocols.get(request) ?? false,
  });
  const server = createServer((_request, response) => {
    response.writeHead(426, { connection: 'upgrade', upgrade: 'websocket' }).end();
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    void running.add(open({ request, socket, head }));
  });
  const sweeper = setInterval(sweep, 1_000).unref();
  let stopping = false;

  async function open(upgrade: UpgradeRequest): Promise<void> {
    const { request, socket } = upgrade;
    if (stopping) return refuse(socket, 503);
    if (!isHandshake(request)) return refuse(socket, 400);
    const facts = connectionFacts(request, now());
    const refusal = await refusalOf(upgrade, facts, options.connect, facts.connectedAt, onError);
    if (refusal !== undefined) return refuse(socket, refusal);
    const webSocket = stopping ? undefined : completeHandshake(sockets, upgrade);
    if (webSocket) return serve(webSocket, facts);
    refuse(socket, 503);
    await disconnected(facts, { code: CLOSE.abnormal, reason: '' });
  }

  function serve(webSocket: WebSocket, facts: ConnectionFacts): void {
    const connection = new LiveConnection(facts, webSocket, limits.unsentBytes);
    connections.set(facts.connectionId, connection);
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (!connection.takesMessages) return;
      if (isBinary) return connection.close({ code: CLOSE.unsupportedData, reason: '' });
      void running.add(receive(connection, data.toString()));
    });
    webSocket.on('error', (error) => connection.failed(error));
    webSocket.on('close', (code, reason) => {
      connections.delete(facts.connectionId);
      void running.add(disconnected(facts, connection.endingOf(code, reason.toString())));
    });
  }

  async function receive(connection: LiveConnection, body: string): Promise<void> {
    const event = messageEvent(connection.facts, body, now());
    connection.lastActiveAt = event.requestContext.requestTimeEpoch;
    connection.messageStarts();
    try {
      const reply = replyOf(await options.message(event));
      if (reply !== undefined) connection.send(reply);
    } catch (error) {
      onError('$default', error);
      const { connectionId, requestId } = event.requestContext;
      connection.send(JSON.stringify({ message: 'Internal server error', connectionId, requestId }));
    } finally {
      connection.messageEnds();
    }
  }

  async function disconnected(facts: ConnectionFacts, { code, reason }: Ending): Promise<void> {
    try {
      await options.disconnect(disconnectEvent(facts, code, reason, now()));
    } catch (error) {
      onError('$disconnect', error);
    }
  }

  function sweep(): void {
    for (const connection of connections.values()) {
      const idle = now() - connection.lastActiveAt >= limits.idleSeconds * 1_000;
      const old = now() - connection.facts.connectedAt >= limits.lifetimeSeconds * 1_000;
      if (idle || old) connection.close({ code: CLOSE.goingAway, reason: 'Going away' });
    }
  }

  async function stop(graceMilliseconds: number): Promise<void> {
    stopping = true;
    clearInterval(sweeper);
    server.close();
    const ending = { code: CLOSE.goingAway, reason: 'Going away' };
    const open = [...connections.values()];
    const closed = open.map((connection) => connection.closed());
    for (const connection of open) connection.closeWhenIdle(ending);
    const deadline = setTimeout(() => {
      for (const connection of open) connection.cutOff(ending);
    }, graceMilliseconds);
    await Promise.all(closed);
    clearTimeout(deadline);
    await Promise.race([running.idle(), new Promise((resolve) => setTimeout(resolve, graceMilliseconds / 4).unref())]);
    server.closeAllConnections();
  }

  return { server, connection: (connectionId) => connections.get(connectionId), sweep, stop };
}

function replyOf(result: HandlerResult): string | undefined {
  return typeof result === 'object' ? result.body : result;
}
