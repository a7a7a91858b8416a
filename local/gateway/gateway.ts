/** Emulates API Gateway on one machine: a WebSocket API and an HTTP API, each on its own port, with handlers in this process. */
import type { IncomingMessage, Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { WebSocketAuthorizer } from './authorizer';
import { DEFAULT_BOUNDS, type GatewayBounds, shareDescriptors } from './bounds';
import { createCallerReader, createProxyCheck } from './client-address';
import { type GatewayClock, systemClock } from './clock';
import { createConnectionsServer } from './connections-endpoint';
import type { CorsConfiguration } from './cors';
import { CLOSED_BY_API } from './gateway-web-socket';
import { type Handler, type OnError, promisedAll } from './handler';
import type { HttpAuthorizer } from './http-authorizer';
import { HTTP_LIMITS } from './http-limits';
import { createHttpServer, type HttpExtras } from './http-server';
import { type ContainerOptions, createIntegration } from './integration';
import { renewTls, type TlsFiles } from './listener';
import { type HttpAddress, plainAnswer } from './plain-http';
import { createRefusals, type Refusal, type RefusalReason } from './refusals';
import { SharedFrame } from './shared-frame';
import { type Credentials, randomCredentials } from './signature';
import { createThrottle } from './throttle';
import { PLATFORM_LIMITS, type WebSocketLimits, type WebSocketRoutes } from './websocket-api';
import { createWebSocketServer, type Farewell, type WebSocketStatus } from './websocket-server';

export interface GatewayOptions {
  webSocket?: {
    routes: WebSocketRoutes;
    /** Selects the route of a message; `$request.body.action` by default. */
    routeSelectionExpression?: string;
    /**
     * Keys of the routes with a route response: their handlers' results are sent to the client. True means `$default` only;
     * none by default.
     */
    routeResponse?: boolean | readonly string[];
    /** Called on $connect; its context is in every later event. */
    authorizer?: WebSocketAuthorizer;
    /** `local` by default. */
    stage?: string;
    /** The platform's limits by default. */
    limits?: Partial<WebSocketLimits>;
    /** Returns the last message to a connection that was idle or open for too long. None by default: the platform sends none. */
    expiryFarewell?: () => string;
    /** True for a web page that may not connect: its handshake is answered 403. By default all may. */
    isForeignPage?: (request: IncomingMessage) => boolean;
    /** URL of the HTTP API to show to callers that send plain HTTP to this port. By default or if empty, it is derived from the request. */
    apiUrl?: string;
    /** Credentials that sign calls to `@connections`; random by default. */
    credentials?: Credentials;
  };
  http?: HttpExtras & {
    /** By route key: `GET /pets/{pet_id}`, `ANY /pets`, or `$default` for all other requests. */
    routes: Record<string, Handler<APIGatewayProxyEventV2>>;
    /** Like `corsConfiguration` of an HTTP API; no CORS by default. */
    cors?: CorsConfiguration;
    /** Called on the routes that it names; its context is in their events. */
    authorizer?: HttpAuthorizer;
  };
  /**
   * Proxies in front of both ports whose headers with the client's and the server's address are trusted. Addresses, ranges such as
   * `10.0.0.0/8`, or `loopback`; none by default.
   */
  trustedProxies?: readonly string[];
  /** Serves both ports over TLS; plain by default. */
  tls?: TlsFiles;
  /** Limits of this process; `DEFAULT_BOUNDS` by default. Connections are also limited by its file descriptors. */
  bounds?: Partial<GatewayBounds>;
  /** Called for refused and disconnected clients, at a limited rate. */
  onRefusal?: (refusal: Refusal) => void;
  /** Emulates containers that handle one event at a time and start cold; by default all events run concurrently. */
  containers?: ContainerOptions;
  /** Rate limits per second, above which the answer is 429; none by default. The platform's are 500 and 10,000. */
  throttling?: { connects?: number; requests?: number };
  /** Called with errors of handlers; the client gets the platform's own error. By default they are printed on stderr. */
  onError?: OnError;
  clock?: GatewayClock;
}

export interface ListenOptions {
  host?: string;
  /** 0 picks a free port. */
  webSocketPort?: number;
  httpPort?: number;
  /** Port of `@connections`, always on loopback. A free port by default; false for none. */
  connectionsPort?: number | false;
}

/** URLs of the opened ports. */
export interface GatewayUrls {
  webSocketUrl?: string;
  httpUrl?: string;
  /** The endpoint of `@connections`, for an SDK client. */
  connectionsUrl?: string;
  /** Credentials for that client. */
  connectionsCredentials?: Credentials;
}

/** Current load of a gateway, and its refusals. */
export interface GatewayStatus extends WebSocketStatus {
  /** Each value with its limit. */
  maxConnections: number;
  maxHeldBytes: number;
  httpBodyBytes: number;
  maxHttpBodyBytes: number;
  httpUnreadBytes: number;
  maxHttpUnreadBytes: number;
  /** Since the start. */
  refused: Readonly<Record<RefusalReason, number>>;
}

export interface Gateway {
  /** Opens the ports of the configured APIs. @throws PortError */
  listen(options?: ListenOptions): Promise<GatewayUrls>;
  /** Maximum number of connections, given the file descriptors of this process. */
  readonly maxConnections: number;
  status(): GatewayStatus;
  /** Replaces the certificate for new connections. Only if there was one from the start. */
  renewTls(tls: TlsFiles): void;
  /** Like `@connections`, but in process. False if the connection is gone. */
  post(connectionId: string, text: string): boolean;
  disconnect(connectionId: string): boolean;
  isOpen(connectionId: string): boolean;
  /** Calls back once when the connection closes, or at once if it is gone. @returns a function that stops watching */
  onClose(connectionId: string, callback: () => void): () => void;
  /** Closes connections that are idle or too old; also runs every second by itself. */
  sweep(): void;
  /**
   * Lets handlers finish and closes connections with 1001; cuts them off after the grace period.
   * @param callers  settles when nobody calls `@connections` any more; it is served until then
   * @param farewell  a last message to each client before its connection is closed
   */
  close(graceMilliseconds?: number, callers?: Promise<void>, farewell?: Farewell): Promise<void>;
}

/** A port that could not be opened. */
export class PortError extends Error {
  override readonly name = 'PortError';

  constructor(
    readonly api: 'webSocket' | 'http' | 'connections',
    readonly port: number,
    cause: unknown,
  ) {
    super(`could not listen on port ${port}`, { cause });
  }
}

/**
 * Creates a gateway from routes and their handlers. Events and results work as on API Gateway: $connect runs before the 101, a post to a
 * dead connection gets a 410, and a failing handler gives the platform's error message. `docs/fidelity.md` lists each behaviour, and the
 * few that differ.
 *
 * @example
 * const gateway = createGateway({ webSocket: { routes: { $default: async (event) => ({ body: event.body }) }, routeResponse: true } });
 * const { webSocketUrl } = await gateway.listen({ webSocketPort: 9004 });
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { clock = systemClock, throttling = {}, onError = printError } = options;
  const integration = createIntegration({ clock, onError, containers: options.containers });
  const requests = createThrottle(throttling.requests, clock);
  const { routes = {}, routeSelectionExpression = '$request.body.action', stage = 'local' } = options.webSocket ?? {};
  const { routeResponse = [], authorizer, limits, isForeignPage = () => false } = options.webSocket ?? {};
  const { credentials = randomCredentials() } = options.webSocket ?? {};
  const { trustedProxies = [] } = options;
  const readCaller = createCallerReader(trustedProxies);
  const refusals = createRefusals(options.onRefusal ?? (() => {}), clock.monotonic);
  const bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
  const httpLimits = { ...HTTP_LIMITS, ...options.http?.limits };
  const descriptors = shareDescriptors({ connections: bounds.connections, http: httpLimits.connections });
  const shared = new SharedFrame();
  let httpAddress: HttpAddress | undefined;
  let connectionsHost: string | undefined;

  const webSocket = createWebSocketServer({
    api: {
      routes: promisedAll(routes as Record<string, Handler<never>>),
      routeSelectionExpression,
      routeResponses: routeResponsesOf(routeResponse, routes),
      authorizer,
      stage,
    },
    tls: options.tls,
    limits: { ...PLATFORM_LIMITS, ...limits },
    bounds: { ...bounds, connections: descriptors.connections, waiting: descriptors.waiting },
    integration,
    clock,
    onError,
    refusals,
    readCaller,
    throttles: { connects: createThrottle(throttling.connects, clock), requests },
    isForeignPage,
    expiryFarewell: options.webSocket?.expiryFarewell,
    domainName: () => connectionsHost,
    plainAnswer: (request) => plainAnswer(readCaller(request), httpAddress, options.webSocket?.apiUrl),
  });
  const connectionsServer = createConnectionsServer({
    stage,
    credentials,
    find: webSocket.connection,
    throttle: requests,
  });
  const http = createHttpServer({
    ...options.http,
    routes: promisedAll(options.http?.routes ?? {}),
    tls: options.tls,
    limits: {
      ...httpLimits,
      connections: descriptors.http,
      connectionsPerAddress: Math.ceil((httpLimits.connectionsPerAddress * descriptors.http) / httpLimits.connections),
    },
    isProxy: createProxyCheck(trustedProxies),
    readCaller,
    integration,
    throttle: requests,
    clock,
    onError,
    refusals,
  });

  /** @returns host and port */
  async function open(server: Server, api: PortError['api'], host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new PortError(api, port, error)));
      server.listen(port, host, resolve);
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EMFILE' || error.code === 'ENFILE') refusals.add('too_many_open_files');
      else onError(api, error);
    });
    return `${hostForUrl(host)}:${(server.address() as AddressInfo).port}`;
  }

  return {
    maxConnections: descriptors.connections,
    status() {
      const { bodies, unread } = http.heldBytes();
      return {
        ...webSocket.status(),
        maxConnections: descriptors.connections,
        maxHeldBytes: bounds.heldBytes,
        httpBodyBytes: bodies,
        maxHttpBodyBytes: httpLimits.bodyBytes,
        httpUnreadBytes: unread,
        maxHttpUnreadBytes: httpLimits.unreadBytes,
        refused: refusals.totals,
      };
    },
    renewTls: (tls) => renewTls([webSocket.server, http.server], tls),
    async listen({ host = '127.0.0.1', webSocketPort = 9004, httpPort = 9005, connectionsPort = 0 } = {}) {
      const urls: GatewayUrls = {};
      const secure = options.tls ? 's' : '';
      if (options.webSocket) {
        urls.webSocketUrl = `ws${secure}://${await open(webSocket.server, 'webSocket', host, webSocketPort)}`;
        if (connectionsPort !== false) {
          connectionsHost = await open(connectionsServer, 'connections', LOOPBACK, connectionsPort);
          urls.connectionsUrl = `http://${connectionsHost}/${stage}`;
          urls.connectionsCredentials = credentials;
        }
      }
      if (options.http) {
        const url = `http${secure}://${await open(http.server, 'http', host, httpPort)}`;
        const { port } = http.server.address() as AddressInfo;
        httpAddress = { url, port, isEverywhere: isEverywhere(host) };
        urls.httpUrl = url;
      }
      return urls;
    },
    post: (connectionId, text) => webSocket.connection(connectionId)?.send(text, shared.of(text)) ?? false,
    disconnect(connectionId) {
      const connection = webSocket.connection(connectionId);
      connection?.close(CLOSED_BY_API);
      return connection !== undefined;
    },
    isOpen: (connectionId) => webSocket.connection(connectionId) !== undefined,
    onClose(connectionId, callback) {
      const connection = webSocket.connection(connectionId);
      if (connection) return connection.onClose(callback);
      callback();
      return () => {};
    },
    sweep: webSocket.sweep,
    async close(graceMilliseconds = 3_000, callers = Promise.resolve(), farewell) {
      const clients = webSocket.stop(graceMilliseconds, farewell);
      // The HTTP API answers until the clients are gone: callers learn that the server stops, and the outcome of their pushes.
      await Promise.all([clients, http.stop(graceMilliseconds, clients), callers]);
      connectionsServer.close(); // last: handlers that were still running may have had something to post
      connectionsServer.closeAllConnections();
    },
  };
}

const LOOPBACK = '127.0.0.1';

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** @throws Error for an unknown route key, or one that no message can select */
function routeResponsesOf(routeResponse: boolean | readonly string[], routes: WebSocketRoutes): ReadonlySet<string> {
  if (routeResponse === true) return new Set(['$default']);
  const keys = routeResponse === false ? [] : routeResponse;
  const unknown = keys.find((key) => !routes[key] || key === '$connect' || key === '$disconnect');
  if (unknown !== undefined) throw new Error(`routeResponse names "${unknown}", which is not a route for messages`);
  return new Set(keys);
}

/** An address that people can connect to, instead of a wildcard address. */
function hostForUrl(host: string): string {
  if (isEverywhere(host)) return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}

function printError(route: string, error: unknown): void {
  process.stderr.write(`${route}: ${error instanceof Error ? error.stack : String(error)}\n`);
}
