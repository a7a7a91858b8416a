/** API Gateway on one machine: a WebSocket API and an HTTP API, each on a port, calling handlers in this process. */
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { WebSocketAuthorizer } from './authorizer';
import { type GatewayClock, systemClock } from './clock';
import type { CorsConfiguration } from './cors';
import type { Handler, OnError } from './handler';
import type { HttpAuthorizer } from './http-authorizer';
import { createHttpServer } from './http-server';
import { type ContainerOptions, createIntegration } from './integration';
import { CLOSED_BY_API } from './live-connection';
import { createThrottle } from './throttle';
import { PLATFORM_LIMITS, type WebSocketLimits, type WebSocketRoutes } from './websocket-api';
import { createWebSocketServer } from './websocket-server';

export interface GatewayOptions {
  webSocket?: {
    routes: WebSocketRoutes;
    /** Which route takes a message; `$request.body.action` where left out. */
    routeSelectionExpression?: string;
    /** Whether what `$default` returns is sent to the client, as with a route response; false where left out. */
    routeResponse?: boolean;
    /** Asked on $connect; its context comes with every later event. */
    authorizer?: WebSocketAuthorizer;
    /** `local` where left out. */
    stage?: string;
    /** The platform's, where left out. */
    limits?: Partial<WebSocketLimits>;
  };
  http?: {
    /** By route key: `GET /pets/{pet_id}`, `ANY /pets`, or `$default` for what no other takes. */
    routes: Record<string, Handler<APIGatewayProxyEventV2>>;
    /** As `corsConfiguration` of an HTTP API; no CORS where left out. */
    cors?: CorsConfiguration;
    /** Asked on the routes that it names; its context comes with their events. */
    authorizer?: HttpAuthorizer;
  };
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
}

export interface Gateway {
  /** Opens the ports of the APIs that there are. @throws PortError */
  listen(options?: ListenOptions): Promise<{ webSocketUrl: string; httpUrl: string; connectionsUrl: string }>;
  /** What `@connections` does, without the wire. False where the connection is gone. */
  post(connectionId: string, text: string): boolean;
  disconnect(connectionId: string): boolean;
  /** Closes what is idle or too old by the clock; happens every second by itself. */
  sweep(): void;
  /** Lets handlers finish and closes clients with 1001; cuts off after the grace. */
  close(graceMilliseconds?: number): Promise<void>;
}

/** A port that could not be opened. */
export class PortError extends Error {
  override readonly name = 'PortError';

  constructor(
    readonly api: 'webSocket' | 'http',
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
  const { routeResponse = false, authorizer, limits } = options.webSocket ?? {};

  const webSocket = createWebSocketServer({
    api: {
      routes: new Map(Object.entries(routes)) as Map<string, Handler<never>>,
      routeSelectionExpression,
      routeResponse,
      authorizer,
      stage,
    },
    limits: { ...PLATFORM_LIMITS, ...limits },
    integration,
    clock,
    onError,
    throttles: { connects: createThrottle(throttling.connects, clock), requests },
  });
  const http = createHttpServer({
    routes: new Map(Object.entries(options.http?.routes ?? {})),
    cors: options.http?.cors,
    authorizer: options.http?.authorizer,
    integration,
    throttle: requests,
    onError,
    now: clock.now,
  });

  async function open(server: Server, api: PortError['api'], host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new PortError(api, port, error)));
      server.listen(port, host, resolve);
    });
    server.on('error', (error) => onError(api, error)); // too many open files, say: one connection's trouble, not the server's
    return `${hostForUrl(host)}:${(server.address() as AddressInfo).port}`;
  }

  return {
    async listen({ host = '127.0.0.1', webSocketPort = 9004, httpPort = 9005 } = {}) {
      const webSocketHost = options.webSocket ? await open(webSocket.server, 'webSocket', host, webSocketPort) : '';
      const httpHost = options.http ? await open(http.server, 'http', host, httpPort) : '';
      return {
        webSocketUrl: `ws://${webSocketHost}`,
        httpUrl: `http://${httpHost}`,
        connectionsUrl: `http://${webSocketHost}/${stage}`,
      };
    },
    post: (connectionId, text) => webSocket.connection(connectionId)?.send(text) ?? false,
    disconnect(connectionId) {
      const connection = webSocket.connection(connectionId);
      connection?.close(CLOSED_BY_API);
      return connection !== undefined;
    },
    sweep: webSocket.sweep,
    async close(graceMilliseconds = 3_000) {
      await Promise.all([webSocket.stop(graceMilliseconds), http.stop(graceMilliseconds)]);
    },
  };
}

/** What a person can paste: an address that means "all of them" is no place to connect to. */
function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}

function printError(route: string, error: unknown): void {
  process.stderr.write(`${route}: ${error instanceof Error ? error.stack : String(error)}\n`);
}
