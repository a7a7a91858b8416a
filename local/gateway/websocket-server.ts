/** The WebSocket port of the gateway: sockets in, events to the handlers of the routes, results back to the sockets. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { WaitingRoom } from './admission';
import { authorize } from './authorizer';
import type { GatewayBounds } from './bounds';
import type { Caller } from './client-address';
import type { GatewayClock } from './clock';
import { createDoorkeeper, type DoorkeeperOptions } from './doorkeeper';
import { FairShare } from './fair-share';
import { FrameHeaders } from './frame-headers';
import { CLOSE, type Ending, type GatewayWebSocket } from './gateway-web-socket';
import type { OnError, PromisedHandler } from './handler';
import { answerOf, completeHandshake, createAcceptor, refuse, type UpgradeRequest } from './handshake';
import { HeldBytes } from './held-bytes';
import { Inbound } from './inbound';
import type { Integration } from './integration';
import { connectionEvent, createListener, type TlsFiles } from './listener';
import { type ConnectionContext, LiveConnection } from './live-connection';
import { Misuse } from './misuse';
import { createPace } from './pace';
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

export interface WebSocketServerOptions extends DoorkeeperOptions {
  api: WebSocketApi;
  /** If set, the port speaks TLS. */
  tls: TlsFiles | undefined;
  limits: WebSocketLimits;
  bounds: GatewayBounds & { waiting: number };
  integration: Integration;
  clock: GatewayClock;
  onError: OnError;
  throttles: { connects: Throttle; requests: Throttle };
  /** Returns the last message to a connection that was idle or open for too long. */
  expiryFarewell: (() => string) | undefined;
  /** The `domainName` of events; undefined for the client's `Host`. */
  domainName(): string | undefined;
}

export interface WebSocketGateway {
  server: Server;
  /** The current load. */
  status(): WebSocketStatus;
  /** An open connection; undefined while its $connect is running, and once it is closing. */
  connection(connectionId: string): LiveConnection | undefined;
  /** Closes idle and old connections. Runs every second; tests call it after moving their clock. */
  sweep(): void;
  /**
   * Refuses handshakes with 503, lets running handlers finish, closes each connection with 1001, and cuts off the rest.
   * @param graceMilliseconds  time limit for handlers and closing handshakes
   * @param farewell  returns the last message to a connection, given its index and the number of connections
   */
  stop(graceMilliseconds: number, farewell?: Farewell): Promise<void>;
}

export type Farewell = (index: number, count: number) => string;

export interface WebSocketStatus {
  connections: number;
  /** Running handlers of handshakes, messages and closes. */
  runningEvents: number;
  /** Connections that have not sent a request yet. */
  withoutRequest: number;
  /** Handshakes that wait because their addresses are slowed down. */
  slowedHandshakes: number;
  /** Bytes held for clients. */
  heldBytes: number;
}

/** Milliseconds that a client has to close TCP after both close frames. */
const TCP_GRACE = 1_000;

/** Handshakes started per turn of the event loop: one costs as much as about twenty messages. */
const HANDSHAKES_A_TURN = 4;

/** Milliseconds within which a handshake must be complete. */
const HANDSHAKE_TIMEOUT = 10_000;

export function createWebSocketServer(options: WebSocketServerOptions): WebSocketGateway {
  const { api, limits, bounds, integration, clock, onError, refusals, throttles, expiryFarewell } = options;
  const { now } = clock;
  const connections = new Map<string, LiveConnection>();
  /** By socket, for the listeners: shared listeners take less memory than a closure for each connection. */
  const connectionOf = new WeakMap<object, LiveConnection>();
  const running = new Running();
  const acceptor = createAcceptor(limits.messageBytes);
  const receive = createReceiver({
    routes: api.routes as ReadonlyMap<string, PromisedHandler<MessageEvent>>,
    select: createRouteSelector(api.routeSelectionExpression, api.routes.keys()),
    routeResponses: api.routeResponses,
    integration,
    throttle: throttles.requests,
    clock,
  });
  const misuse = new Misuse(clock);
  const share = new FairShare<LiveConnection>({
    handle(connection, message) {
      if (!connection.takesMessages) return;
      follow('$default', receive(connection, message.toString()), connection);
    },
  });
  const context: ConnectionContext = {
    held: new HeldBytes({ max: bounds.heldBytes, now: clock.monotonic, onCutOff() {} }),
    clock,
    maxUnsentBytes: limits.unsentBytes,
    freed: (connection) => share.wake(connection),
    onCutOff: ({ facts }) => refusals.add('too_much_held', { sourceIp: facts.identity.sourceIp }),
    onMisuse: ({ facts }) => misuse.add(facts.identity.sourceIp),
  };
  const letIn = createDoorkeeper(options);
  const pace = createPace(HANDSHAKES_A_TURN);
  const waitingRoom = new WaitingRoom(bounds.waiting, ({ remoteAddress: sourceIp }) =>
    refusals.add('no_request', sourceIp === undefined ? {} : { sourceIp }),
  );
  /** The open connection with this id. A closing one does not count, though a client that does not answer the close keeps it for seconds. */
  const find = (connectionId: string) => {
    const connection = connections.get(connectionId);
    return connection?.isOpen ? connection : undefined;
  };
  const timeouts = { headersTimeout: HANDSHAKE_TIMEOUT, connectionsCheckingInterval: 2_000 };
  const server = createListener(options.tls, timeouts, (request, response) => {
    const text = JSON.stringify(options.plainAnswer(request));
    const headers = {
      upgrade: 'websocket',
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    };
    response.shouldKeepAlive = false; // the client is at the wrong port, and nobody reads its body
    response.writeHead(426, headers).end(text);
  });
  // A connection that does not complete TLS never enters the waiting room, so it is limited here.
  if (options.tls) server.maxConnections = bounds.connections + bounds.waiting;
  server.on(connectionEvent(options.tls), (socket: Socket) => waitingRoom.enter(socket));
  server.on('upgrade', (request, socket, head) => {
    waitingRoom.leave(socket as Socket);
    socket.on('error', destroyThis);
    follow('$connect', admit({ request, socket, head }), socket);
  });
  const sweeper = setInterval(sweep, 1_000).unref();
  let stopping = false;

  /** Errors of handlers do not get here. So this is a bug of the gateway: it is reported, and ends only this connection. */
  function follow(routeKey: string, work: Promise<void>, of: LiveConnection | Duplex): void {
    running.add(work).catch((error) => {
      onError(routeKey, error);
      if (of instanceof LiveConnection) of.cutOff(FAILED);
      else of.destroy();
    });
  }

  async function admit(upgrade: UpgradeRequest): Promise<void> {
    const { socket } = upgrade;
    if (stopping) return refuse(socket, 503, STOPPING);
    const caller = letIn(upgrade);
    if (!caller) return;
    const begin = () => pace(() => follow('$connect', open(upgrade, caller), socket));
    if (misuse.enter(caller.address, { begin, isGone: () => socket.destroyed })) return;
    refusals.add('too_many_handshakes', { sourceIp: caller.address });
    refuse(socket, 429, TOO_MANY_HANDSHAKES);
  }

  async function open(upgrade: UpgradeRequest, caller: Caller): Promise<void> {
    const { request, socket } = upgrade;
    if (socket.destroyed) return; // while it waited
    if (stopping) return refuse(socket, 503, STOPPING);
    const facts = connectionFacts(request, caller, api.stage, now(), options.domainName());
    if (!throttles.connects()) return refuse(socket, 429);
    if (api.authorizer) {
      const authorization = await authorize(api.authorizer, request, caller, facts, clock, onError);
      if ('refusal' in authorization) return refuse(socket, authorization.refusal);
      facts.authorizer = authorization.context;
    }
    const handler = api.routes.get('$connect') as PromisedHandler<ConnectEvent> | undefined;
    let protocol: string | undefined;
    if (handler) {
      const event = connectEvent(facts, request, caller, now());
      const answer = answerOf(await integration.invoke('$connect', handler, event, INTEGRATION_TIMEOUT));
      if ('refusal' in answer) return refuse(socket, answer.refusal);
      protocol = answer.protocol;
    }
    const webSocket = stopping ? undefined : completeHandshake(acceptor, upgrade, protocol);
    if (webSocket) return serve(webSocket, facts, socket);
    refuse(socket, 503, STOPPING);
    await disconnected(facts, { code: CLOSE.abnormal, reason: '' });
  }

  function serve(webSocket: GatewayWebSocket, facts: ConnectionFacts, socket: Duplex): void {
    const inbound = new Inbound(webSocket, socket, new FrameHeaders(Math.min(limits.frameBytes, limits.messageBytes)));
    const connection = new LiveConnection(facts, webSocket, socket, inbound, context);
    connection.uncorkSoon();
    connections.set(facts.connectionId, connection);
    connectionOf.set(socket, connection);
    connectionOf.set(webSocket, connection);
    socket.on('data', onData);
    socket.on('end', onInputEnd);
    socket.prependListener('close', dropUnread);
    socket.on('finish', onEnd); // both close frames are sent
    webSocket.on('message', onMessage);
    webSocket.on('error', onWebSocketError);
    webSocket.on('close', onClose);
  }

  function onData(this: Duplex, chunk: Buffer): void {
    share.receive(connectionOf.get(this) as LiveConnection, chunk);
  }

  function onInputEnd(this: Duplex): void {
    (connectionOf.get(this) as LiveConnection).inputEnds();
  }

  function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    const connection = connectionOf.get(this) as LiveConnection;
    if (!connection.isWanted() || !connection.takesMessages) return;
    if (isBinary) {
      connection.close({ code: CLOSE.unsupportedData, reason: '' });
    } else {
      share.offer(connection, data as Buffer);
      connection.accountWaiting();
    }
  }

  /** Usually a protocol error: `ws` has closed with the right code, and waits for no answer. */
  function onWebSocketError(this: WebSocket, error: Error & { code?: string }): void {
    const connection = connectionOf.get(this) as LiveConnection;
    if (error.code === TOO_MANY_PIECES) misuse.add(connection.facts.identity.sourceIp);
    ends(connection);
  }

  function onEnd(this: Duplex): void {
    ends(connectionOf.get(this) as LiveConnection);
  }

  function onClose(this: WebSocket, code: number, reason: Buffer): void {
    const connection = connectionOf.get(this) as LiveConnection;
    connections.delete(connection.facts.connectionId);
    ends(connection, { code, reason: reason.toString() });
    connection.account();
  }

  function ends(connection: LiveConnection, last?: Ending): void {
    const ending = connection.end(last);
    if (!ending) return;
    if (!connection.takesMessages) share.drop(connection);
    connection.whenDrained(() => follow('$disconnect', disconnected(connection.facts, ending), connection));
  }

  async function disconnected(facts: ConnectionFacts, { code, reason }: Ending): Promise<void> {
    const disconnect = api.routes.get('$disconnect') as PromisedHandler<DisconnectEvent> | undefined;
    if (!disconnect) return;
    const event = disconnectEvent(facts, code, reason, now());
    await integration.invoke('$disconnect', disconnect, event, INTEGRATION_TIMEOUT);
  }

  function sweep(): void {
    for (const connection of connections.values()) {
      const isIdle = connection.idleMilliseconds() >= limits.idleSeconds * 1_000;
      const isOld = connection.ageMilliseconds() >= limits.lifetimeSeconds * 1_000;
      if ((isIdle || isOld) && connection.takesMessages) {
        if (expiryFarewell) connection.send(expiryFarewell());
        connection.close({ code: CLOSE.goingAway, reason: 'Going away' });
      }
      connection.endTcp(TCP_GRACE);
    }
    refusals.flush();
  }

  async function stop(graceMilliseconds: number, farewell?: Farewell): Promise<void> {
    stopping = true;
    clearInterval(sweeper);
    const ending = { code: CLOSE.goingAway, reason: 'Going away' };
    const open = [...connections.values()];
    const ended = open.map((connection) => connection.ended());
    for (const [index, connection] of open.entries()) {
      connection.closeWhenIdle(ending, farewell?.(index, open.length));
      if (index % FAREWELLS_A_TURN === FAREWELLS_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    const deadline = setTimeout(() => {
      for (const connection of open) connection.cutOff(ending);
    }, graceMilliseconds);
    await Promise.all(ended);
    clearTimeout(deadline);
    server.close();
    for (const connection of open) connection.endTcp(0);
    await Promise.race([running.idle(), new Promise((resolve) => setTimeout(resolve, graceMilliseconds / 4).unref())]);
    server.closeAllConnections();
  }

  const status = () => ({
    connections: connections.size,
    runningEvents: running.count,
    withoutRequest: waitingRoom.size,
    slowedHandshakes: misuse.waiting,
    heldBytes: context.held.total,
  });

  return { server, status, connection: find, sweep, stop };
}

/** Runs before the listener of `ws`, which would at once parse everything that was read from the socket and waits for its turn. */
function dropUnread(this: Duplex): void {
  while (this.read() !== null) {}
}

/** Shared by all sockets, like the other listeners: a closure would hold the request for as long as the connection lasts. */
function destroyThis(this: Duplex): void {
  this.destroy();
}

/** The error code of `ws` for too many fragments of a message, or too many chunks of a frame. */
const TOO_MANY_PIECES = 'WS_ERR_TOO_MANY_BUFFERED_PARTS';

/** The answer to handshakes while this process stops. */
const STOPPING = { headers: { 'Retry-After': '5' }, body: { message: 'The server is about to stop' } };

/** The answer to handshakes from an address whose clients keep being cut off. */
const TOO_MANY_HANDSHAKES = {
  headers: { 'Retry-After': '10' },
  body: { message: 'Too many handshakes from this address after its connections were cut off' },
};

/** Farewells per turn of the event loop, so that connections that are still open are served in between. */
const FAREWELLS_A_TURN = 200;

/** How a connection ends after a bug of the gateway. */
const FAILED: Ending = { code: CLOSE.abnormal, reason: '' };
