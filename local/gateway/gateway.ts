/** API Gateway on one machine: a WebSocket API and an HTTP API, each on a port, calling handlers in this process. */
import type { IncomingMessage, Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { WebSocketAuthorizer } from './authorizer';
import { DEFAULT_BOUNDS, type GatewayBounds, shareDescriptors } from './bounds';
import { createCallerReader } from './client-address';
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
    /** Which route takes a message; `$request.body.action` where left out. */
    routeSelectionExpression?: string;
    /**
     * Keys of the routes that have a route response: what their handlers return is sent to the client. True stands for `$default`
     * alone; none where left out.
     */
    routeResponse?: boolean | readonly string[];
    /** Asked on $connect; its context comes with every later event. */
    authorizer?: WebSocketAuthorizer;
    /** `local` where left out. */
    stage?: string;
    /** The platform's, where left out. */
    limits?: Partial<WebSocketLimits>;
    /** True for a web page that may not connect: its handshake is answered 403. All may where left out. */
    isForeignPage?: (request: IncomingMessage) => boolean;
    /** Where the HTTP API is for whoever sends plain HTTP to this port by mistake; as its caller would write it, where left out or empty. */
    apiUrl?: string;
    /** What calls of `@connections` have to be signed with; made at random where left out. */
    credentials?: Credentials;
  };
  http?: HttpExtras & {
    /** By route key: `GET /pets/{pet_id}`, `ANY /pets`, or `$default` for what no other takes. */
    routes: Record<string, Handler<APIGatewayProxyEventV2>>;
    /** As `corsConfiguration` of an HTTP API; no CORS where left out. */
    cors?: CorsConfiguration;
    /** Asked on the routes that it names; its context comes with their events. */
    authorizer?: HttpAuthorizer;
  };
  /**
   * Proxies before both ports whose word on a request counts: who sent it, and by which address. Addresses, ranges such as `10.0.0.0/8`,
   * or `loopback`; none where left out.
   */
  trustedProxies?: readonly string[];
  /** Serves both ports over TLS; plain where left out. */
  tls?: TlsFiles;
  /** What this process takes on at most; `DEFAULT_BOUNDS` where left out, and never more connections than it has descriptors for. */
  bounds?: Partial<GatewayBounds>;
  /** Told of those who were refused or cut off to keep this process alive, at a bounded pace. */
  onRefusal?: (refusal: Refusal) => void;
  /** Functions that handle one event at a time and start cold; where left out, all events run at once. */
  containers?: ContainerOptions;
  /** Rates a second, above which the answer is 429; none where left out. The platform's are 500 and 10,000. */
  throttling?: { connects?: number; requests?: number };
  /** Told of what handlers throw; the client gets the platform's own words. Printed on stderr where left out. */
  onError?: OnError;
  clock?: GatewayClock;
}

export interface ListenOptions {
  host?: string;
  /** 0 takes any free port. */
  webSocketPort?: number;
  httpPort?: number;
  /** Where `@connections` is, on loopback whatever the host. Any free port where left out; false for none. */
  connectionsPort?: number | false;
}

/** Of the ports that were opened. */
export interface GatewayUrls {
  webSocketUrl?: string;
  httpUrl?: string;
  /** The endpoint of `@connections`, for an SDK client. */
  connectionsUrl?: string;
  /** What that client has to sign with. */
  connectionsCredentials?: Credentials;
}

/** What a gateway does at the moment, and what it has refused. */
export interface GatewayStatus extends WebSocketStatus {
  /** Each bound beside what it bounds. */
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
  /** Opens the ports of the APIs that there are. @throws PortError */
  listen(options?: ListenOptions): Promise<GatewayUrls>;
  /** How many connections it takes, as far as the file descriptors of this process go. */
  readonly maxConnections: number;
  status(): GatewayStatus;
  /** Another certificate, for connections from now on. Only where there was one from the start. */
  renewTls(tls: TlsFiles): void;
  /** What `@connections` does, without the wire. False where the connection is gone. */
  post(connectionId: string, text: string): boolean;
  disconnect(connectionId: string): boolean;
  isOpen(connectionId: string): boolean;
  /** Calls back once when the connection closes, or at once where it is gone. @returns stops watching */
  onClose(connectionId: string, callback: () => void): () => void;
  /** Closes what is idle or too old by the clock; happens every second by itself. */
  sweep(): void;
  /**
   * Lets handlers finish and closes clients with 1001; cuts off after the grace.
   * @param callers  settles when nobody calls `@connections` any more; it answers until then
   * @param farewell  what each client is sent before its connection is closed
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
 * Makes a gateway from routes and their handlers. Events have API Gateway's shapes, answers have its effects:
 * $connect runs before the 101, a dead connection is gone, a handler's error is the platform's message and nothing more.
 * `docs/fidelity.md` lists each behaviour, and the few that differ.
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
  const readCaller = createCallerReader(options.trustedProxies ?? []);
  const refusals = createRefusals(options.onRefusal ?? (() => {}), clock.monotonic);
  const bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
  const descriptors = shareDescriptors(bounds.connections);
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
    domainName: () => connectionsHost,
    plainAnswer: (request) => plainAnswer(readCaller(request), httpAddress, options.webSocket?.apiUrl),
  });
  const connectionsServer = createConnectionsServer({
    stage,
    credentials,
    find: webSocket.connection,
    throttle: requests,
  });
  const httpLimits = { ...HTTP_LIMITS, ...options.http?.limits };
  const http = createHttpServer({
    ...options.http,
    routes: promisedAll(options.http?.routes ?? {}),
    tls: options.tls,
    limits: httpLimits,
    readCaller,
    integration,
    throttle: requests,
    clock,
    onError,
    refusals,
  });

  http.server.maxConnections = descriptors.http;
  http.server.on('drop', () => refusals.add('too_many_http_connections'));

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
      // The HTTP API answers until the clients are gone: that the server stops, and what became of a push.
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

/** @throws Error for a key that no route has, or whose route no message takes */
function routeResponsesOf(routeResponse: boolean | readonly string[], routes: WebSocketRoutes): ReadonlySet<string> {
  if (routeResponse === true) return new Set(['$default']);
  const keys = routeResponse === false ? [] : routeResponse;
  const unknown = keys.find((key) => !routes[key] || key === '$connect' || key === '$disconnect');
  if (unknown !== undefined) throw new Error(`routeResponse names "${unknown}", which is no route that takes messages`);
  return new Set(keys);
}

/** What a person can paste: an address that means "all of them" is no place to connect to. */
function hostForUrl(host: string): string {
  if (isEverywhere(host)) return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}

function printError(route: string, error: unknown): void {
  process.stderr.write(`${route}: ${error instanceof Error ? error.stack : String(error)}\n`);
}
