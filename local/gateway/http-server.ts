/** The HTTP port of the gateway: requests in, events to the handlers of the routes, results back. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Admission } from './admission';
import { createBodyWriter } from './body-writer';
import { plainAddress, type ReadCaller } from './client-address';
import type { GatewayClock } from './clock';
import { type CorsConfiguration, corsHeaders, isPreflight, preflightHeaders } from './cors';
import type { HandlerResult, OnError, PromisedHandler } from './handler';
import { createHold, HeldBytes } from './held-bytes';
import { isAnswer, refuse, refuseForNow, writeResult } from './http-answer';
import { authorizeRequest, type HttpAuthorizer } from './http-authorizer';
import { httpEvent, withBody } from './http-events';
import { type HttpLimits, INTEGRATION_TIMEOUT, MAX_BODY_BYTES, MAX_OPEN_BODY_BYTES } from './http-limits';
import { HttpPlaces } from './http-places';
import { createRouter, type RouteMatch } from './http-router';
import { type HttpTarget, targetOf } from './http-target';
import { createTurns } from './http-turns';
import type { Integration } from './integration';
import { createListener, type TlsFiles } from './listener';
import type { Refusals } from './refusals';
import { bodyOf, waitsForContinue } from './request-body';
import { SharedBodies } from './shared-bodies';
import type { Throttle } from './throttle';

/** Limits of request bodies, and the answer to larger ones. */
export interface HttpBodies {
  /** Bytes; 0 for a route without a body, which ignores one that is sent anyway. */
  maxBytes(routeKey: string): number;
  tooLarge(routeKey: string): HandlerResult;
}

/** Options that the platform does not have. */
export interface HttpExtras {
  /** Web pages that may not call (preflights included), and the answer to them. By default all may. */
  foreignPages?: { include(request: IncomingMessage): boolean; answer: HandlerResult };
  /** Returns the usual spelling of a path that matches only `$default`; the route of that spelling then serves the request. */
  usualPath?(path: string): string;
  /** Called after each request. */
  onAnswered?(request: AnsweredRequest): void;
  /** By default the platform's 10 MB for each route. */
  bodies?: HttpBodies;
  limits?: Partial<HttpLimits>;
}

export interface HttpOptions extends HttpExtras {
  /** Handlers by route key: `GET /pets/{pet_id}`, or `$default` for all other requests. */
  routes: ReadonlyMap<string, PromisedHandler<APIGatewayProxyEventV2>>;
  /** Turns on TLS. */
  tls: TlsFiles | undefined;
  /** By default no CORS headers. */
  cors?: CorsConfiguration;
  /** By default all routes are open. */
  authorizer?: HttpAuthorizer;
  limits: HttpLimits;
  isProxy(address: string): boolean;
  readCaller: ReadCaller;
  integration: Integration;
  throttle: Throttle;
  clock: GatewayClock;
  onError: OnError;
  refusals: Refusals;
}

/** A request that has been answered. */
export interface AnsweredRequest {
  /** `none` if no route matched. */
  routeKey: string;
  /** 499 if the client disconnected before it got an answer. */
  status: number;
  /** Milliseconds until the answer was sent. */
  milliseconds: number;
  sourceIp: string;
}

export interface HttpGateway {
  server: Server;
  /** Bytes held for request bodies, and for unread answers. */
  heldBytes(): { bodies: number; unread: number };
  /**
   * Accepts no new requests once the WebSockets are closed, and ends when running requests are answered or the grace period is over.
   * @param webSockets  settles when they are closed
   */
  stop(graceMilliseconds: number, webSockets?: Promise<void>): Promise<void>;
}

export function createHttpServer(options: HttpOptions): HttpGateway {
  const { routes, cors, authorizer, foreignPages, limits, integration, throttle, clock, onError, refusals } = options;
  const { readCaller } = options;
  const { now, monotonic } = clock;
  const route = createRouter([...routes.keys()]);
  const guarded = new Set(authorizer?.routes);
  const held = (max: number) => new HeldBytes({ max, now: monotonic, onCutOff() {} });
  const [bodies, unread] = [held(limits.bodyBytes), held(limits.unreadBytes)];
  const bodyWriting = { shared: new SharedBodies(), writeBody: createBodyWriter() };
  const places = new HttpPlaces({ ...limits, isProxy: options.isProxy });
  const proxied = new Admission({ ...limits, connections: Number.POSITIVE_INFINITY });
  let isStopping = false;

  function cutOff(request: IncomingMessage): void {
    refusals.add('too_much_held', { sourceIp: readCaller(request).address });
    request.socket.destroy();
  }

  function routeOf(method: string, path: string): RouteMatch | undefined {
    const match = route(method, path);
    if (!options.usualPath || (match && match.routeKey !== '$default')) return match;
    return route(method, options.usualPath(path)) ?? match;
  }

  function addCorsHeaders({ method, headers }: IncomingMessage, response: ServerResponse): void {
    if (!cors) return;
    const added = isPreflight(method, headers) ? preflightHeaders(headers, cors) : corsHeaders(headers, cors);
    for (const [name, value] of Object.entries(added)) response.setHeader(name, value);
  }

  function maxBodyBytes(routeKey: string): number {
    const most = options.bodies?.maxBytes(routeKey) ?? MAX_BODY_BYTES;
    return authorizer && !guarded.has(routeKey) ? Math.min(most, MAX_OPEN_BODY_BYTES) : most;
  }

  /** @returns bytes that the answer holds until it is read */
  async function answer(request: IncomingMessage, response: ServerResponse, route: { key: string }): Promise<number> {
    if (foreignPages?.include(request)) {
      const { origin, host } = request.headers;
      refusals.add('foreign_page', { sourceIp: readCaller(request).address, origin, host });
      return writeResult(response, foreignPages.answer, false, bodyWriting);
    }
    const target = targetOf(request);
    addCorsHeaders(request, response);
    const match = routeOf(request.method ?? 'GET', target.path);
    const handler = match && routes.get(match.routeKey);
    if (match) route.key = match.routeKey;
    if (!handler) {
      if (!cors || !isPreflight(request.method, request.headers)) return refuse(response, 404);
      response.writeHead(204).end();
      return 0;
    }
    if (!throttle()) return refuse(response, 429);
    return call(request, response, target, match, handler);
  }

  async function call(
    request: IncomingMessage,
    response: ServerResponse,
    target: HttpTarget,
    { routeKey, pathParameters }: RouteMatch,
    handler: PromisedHandler<APIGatewayProxyEventV2>,
  ): Promise<number> {
    const asked = httpEvent(request, target, readCaller(request), routeKey, pathParameters, now());
    const authorization =
      authorizer && guarded.has(routeKey) ? await authorizeRequest(authorizer, asked, onError) : { event: asked };
    if ('refusal' in authorization) return refuse(response, authorization.refusal);
    const hold = createHold(bodies, () => cutOff(request));
    try {
      const body = await bodyOf(request, response, maxBodyBytes(routeKey), hold); // only now, so that a refused caller takes no memory
      if (!body) {
        const own = options.bodies?.tooLarge(routeKey);
        return own === undefined ? refuse(response, 413) : writeResult(response, own, cors !== undefined, bodyWriting);
      }
      const event = withBody(authorization.event, body);
      const outcome = await integration.invoke(routeKey, handler, event, INTEGRATION_TIMEOUT);
      if (outcome === 'timed out') return refuse(response, 503);
      if (outcome === 'failed' || !isAnswer(outcome.result)) return refuse(response, 500);
      return writeResult(response, outcome.result, cors !== undefined, bodyWriting);
    } finally {
      hold.release();
    }
  }

  /** Serves a request until its answer is sent or the connection is gone. */
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ended = new Promise<void>((resolve) => response.once('close', () => resolve()));
    const hold = createHold(unread, () => cutOff(request));
    const { address: sourceIp, isProxied } = readCaller(request); // before the socket closes and loses its address
    const full = isProxied ? proxied.enter(sourceIp) : undefined;
    if (full) refusals.add(full, { sourceIp });
    const startedAt = monotonic();
    const route = { key: 'none' };
    if (isStopping) response.shouldKeepAlive = false; // otherwise a busy caller would delay the stop
    try {
      const bytes = full ? refuseForNow(response) : await answer(request, response, route);
      if (request.method !== 'HEAD' && !response.writableFinished) hold.add(bytes);
    } catch (error) {
      // Usually the client has disconnected, which is not our error; either way nobody is left to answer.
      if (!request.errored) onError(`${request.method} (request)`, error);
      response.destroy();
    }
    await ended;
    if (isProxied && !full) proxied.leave(sourceIp);
    hold.release();
    places.end(request.socket);
    options.onAnswered?.({
      routeKey: route.key,
      status: response.headersSent ? response.statusCode : CLIENT_WENT_AWAY,
      milliseconds: Math.round(monotonic() - startedAt),
      sourceIp,
    });
  }

  function receive(request: IncomingMessage, response: ServerResponse): void {
    places.begin(request.socket);
    takeTurn(request, () => serve(request, response));
  }

  const takeTurn = createTurns(limits);
  const server = createListener(
    options.tls,
    {
      keepAliveTimeout: limits.keepAliveSeconds * 1_000,
      headersTimeout: limits.headersSeconds * 1_000,
      requestTimeout: limits.requestSeconds * 1_000,
      connectionsCheckingInterval: Math.min(5_000, limits.headersSeconds * 250),
    },
    receive,
  );
  server.setTimeout(limits.stalledSeconds * 1_000);
  server.on('connection', (socket: Socket) => {
    const full = places.enter(socket);
    if (!full) return;
    const sourceIp = plainAddress(socket.remoteAddress ?? '');
    refusals.add(full === 'too_many_connections' ? 'too_many_http_connections' : full, { sourceIp });
  });
  // `Expect: 100-continue` is answered only when the body is needed.
  server.on('checkContinue', (request, response) => {
    waitsForContinue.add(request);
    receive(request, response);
  });

  async function stop(graceMilliseconds: number, webSockets = Promise.resolve()): Promise<void> {
    isStopping = true;
    const endsAt = monotonic() + graceMilliseconds;
    await webSockets;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const left = Math.max(endsAt - monotonic(), graceMilliseconds / 4);
    const deadline = setTimeout(() => server.closeAllConnections(), left);
    await closed;
    clearTimeout(deadline);
  }

  return { server, heldBytes: () => ({ bodies: bodies.total, unread: unread.total }), stop };
}

/** nginx's status for "client closed request". */
const CLIENT_WENT_AWAY = 499;
