/** The WebSocket port of the gateway: sockets in, events to the handlers of the routes, results back to the sockets. */
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { authorize } from './authorizer';
import type { GatewayClock } from './clock';
import { createConnectionsEndpoint, isConnectionsRequest } from './connections-endpoint';
import { limitFrames } from './frame-limit';
import type { Handler, OnError } from './handler';
import { answerOf, completeHandshake, createAcceptor, isHandshake, refuse, type UpgradeRequest } from './handshake';
import type { Integration } from './integration';
import { CLOSE, type Ending, LiveConnection } from './live-connection';
import { createReceiver, INTEGRATION_TIMEOUT } from './receive';
import { createRouteSelector } from './route-selection';
import { Running } from './running';
import type { Throttle } from './throttle';
import type { WebSocketApi, WebSocketLimits } from './websocket-api';
import {
  type ConnectEvent,
  type ConnectionFacts,
  connectEvent,
  connectionFacts,
  type DisconnectEvent,
  disconnectEvent,
  type MessageEvent,
} from './websocket-events';

export interface WebSocketServerOptions {
  api: WebSocketApi;
  limits: WebSocketLimits;
  integration: Integration;
  clock: GatewayClock;
  onError: OnError;
  throttles: { connects: Throttle; requests: Throttle };
}

export interface WebSocketGateway {
  server: Server;
  /** An open connection; undefined while its $connect still runs, and once it closes. */
  connection(connectionId: string): LiveConnection | undefined;
  /** Closes what is idle or old. Runs every second by itself; a test calls it after moving its clock. */
  sweep(): void;
  /**
   * Takes nothing new, lets running handlers finish, closes each connection with 1001, cuts off what is left.
   * @param graceMilliseconds  how long handlers and closing handshakes may take
   */
  stop(graceMilliseconds: number): Promise<void>;
}

export function createWebSocketServer(options: WebSocketServerOptions): WebSocketGateway {
  const { api, limits, integration, clock, onError, throttles } = options;
  const { now } = clock;
  const connections = new Map<string, LiveConnection>();
  const running = new Running();
  const acceptor = createAcceptor(limits.messageBytes);
  const receive = createReceiver({
    routes: api.routes as ReadonlyMap<string, Handler<MessageEvent>>,
    select: createRouteSelector(api.routeSelectionExpression, api.routes.keys()),
    routeResponse: api.routeResponse,
    integration,
    throttle: throttles.requests,
    now,
  });
  /** The open connection of this id. One that is closing is nobody's, though a client that does not answer the close keeps it for half a minute. */
  const find = (connectionId: string) => {
    const connection = connections.get(connectionId);
    return connection?.isOpen ? connection : undefined;
  };
  const endpoint = createConnectionsEndpoint({ stage: api.stage, find, throttle: throttles.requests });
  const server = createServer((request, response) => {
    if (!isConnectionsRequest(request)) return response.writeHead(426, { upgrade: 'websocket' }).end();
    endpoint(request, response).catch(() => response.destroy()); // its caller went away before it had sent the body
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    follow('$connect', open({ request, socket, head }), socket);
  });
  const sweeper = setInterval(sweep, 1_000).unref();
  let stopping = false;

  /** What is thrown here was no handler's, so it is a mistake of this gateway: it costs one connection, and is told. */
  function follow(routeKey: string, work: Promise<void>, socket: Duplex): void {
    running.add(work).catch((error) => {
      onError(routeKey, error);
      socket.destroy();
    });
  }

  async function open(upgrade: UpgradeRequest): Promise<void> {
    const { request, socket } = upgrade;
    if (stopping) return refuse(socket, 503);
    if (!isHandshake(request)) return refuse(socket, 400);
    if (!throttles.connects()) return refuse(socket, 429);
    const facts = connectionFacts(request, api.stage, now());
    if (api.authorizer) {
      const authorization = await authorize(api.authorizer, request, facts, now(), onError);
      if ('refusal' in authorization) return refuse(socket, authorization.refusal);
      facts.authorizer = authorization.context;
    }
    const connect = api.routes.get('$connect') as Handler<ConnectEvent> | undefined;
    let protocol: string | undefined;
    if (connect) {
      const event = connectEvent(facts, request, now());
      const answer = answerOf(await integration.invoke('$connect', connect, event, INTEGRATION_TIMEOUT));
      if ('refusal' in answer) return refuse(socket, answer.refusal);
      protocol = answer.protocol;
    }
    const webSocket = stopping ? undefined : completeHandshake(acceptor, upgrade, protocol);
    if (webSocket) return serve(webSocket, facts, socket);
    refuse(socket, 503);
    await disconnected(facts, { code: CLOSE.abnormal, reason: '' });
  }

  function serve(webSocket: WebSocket, facts: ConnectionFacts, socket: Duplex): void {
    const connection = new LiveConnection(facts, webSocket, socket, limits.unsentBytes);
    connections.set(facts.connectionId, connection);
    const tooLarge = () => connection.close({ code: CLOSE.tooLarge, reason: '' });
    const frames = limits.frameBytes < limits.messageBytes && limitFrames(socket, limits.frameBytes, tooLarge);
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (frames && !frames.acceptNext()) return;
      if (!connection.takesMessages) return;
      if (isBinary) return connection.close({ code: CLOSE.unsupportedData, reason: '' });
      follow('$default', receive(connection, data.toString()), socket);
    });
    webSocket.on('error', (error) => connection.failed(error));
    webSocket.on('close', (code, reason) => {
      connections.delete(facts.connectionId);
      follow('$disconnect', disconnected(facts, connection.endingOf(code, reason.toString())), socket);
    });
  }

  async function disconnected(facts: ConnectionFacts, { code, reason }: Ending): Promise<void> {
    const disconnect = api.routes.get('$disconnect') as Handler<DisconnectEvent> | undefined;
    if (!disconnect) return;
    const event = disconnectEvent(facts, code, reason, now());
    await integration.invoke('$disconnect', disconnect, event, INTEGRATION_TIMEOUT);
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

  return { server, connection: find, sweep, stop };
}
