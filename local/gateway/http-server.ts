/** The HTTP port of the gateway: requests in, events to the handlers of the routes, results back. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type CorsConfiguration, corsHeaders, isCorsHeader, isPreflight, preflightHeaders } from './cors';
import { type Handler, type HandlerResult, type OnError, statusOf } from './handler';
import { authorizeRequest, type HttpAuthorizer } from './http-authorizer';
import { httpEvent, withBody } from './http-events';
import { createRouter } from './http-router';
import type { Integration } from './integration';
import { readBody } from './request-body';
import type { Throttle } from './throttle';

export interface HttpOptions {
  /** Handlers by route key: `GET /pets/{pet_id}`, or `$default` for what no other takes. */
  routes: ReadonlyMap<string, Handler<APIGatewayProxyEventV2>>;
  /** No CORS headers where left out. */
  cors?: CorsConfiguration;
  /** All routes are open where left out. */
  authorizer?: HttpAuthorizer;
  integration: Integration;
  throttle: Throttle;
  onError: OnError;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Bytes of a request's body: the payload quota of an HTTP API. */
const MAX_BODY_BYTES = 10_485_760;

/** The same on a route that is open while others are guarded; ours, as whoever shows no credential shall fill no memory. */
const MAX_OPEN_BODY_BYTES = 65_536;

/** Milliseconds that an HTTP API waits for a Lambda function: its integration timeout. */
const INTEGRATION_TIMEOUT = 30_000;

/** Bytes of what a Lambda function may answer, as JSON; Lambda's own quota. */
const MAX_ANSWER_BYTES = 6_291_456;

/** What the platform itself answers, word for word. */
const REFUSALS = { 401: 'Unauthorized', 403: 'Forbidden', 500: 'Internal Server Error' } as const;

export interface HttpGateway {
  server: Server;
  /** Takes nothing new, and ends when the running requests are answered, or the grace is over. */
  stop(graceMilliseconds: number): Promise<void>;
}

export function createHttpServer(options: HttpOptions): HttpGateway {
  const { routes, cors, authorizer, integration, throttle, onError, now } = options;
  const route = createRouter([...routes.keys()]);
  const guarded = new Set(authorizer?.routes);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (cors && isPreflight(request.method, request.headers)) {
      response.writeHead(204, preflightHeaders(request.headers, cors)).end();
      return;
    }
    if (cors)
      for (const [name, value] of Object.entries(corsHeaders(request.headers, cors))) response.setHeader(name, value);
    const [path = '/'] = (request.url ?? '/').split('?');
    const match = route(request.method ?? 'GET', path);
    const handler = match && routes.get(match.routeKey);
    if (!handler) return plain(response, 404, 'Not Found');
    if (!throttle()) return plain(response, 429, 'Too Many Requests');
    const asked = httpEvent(request, match.routeKey, match.pathParameters, now());
    const isGuarded = authorizer !== undefined && guarded.has(match.routeKey);
    const authorization = isGuarded ? await authorizeRequest(authorizer, asked, onError) : { event: asked };
    if ('refusal' in authorization) return plain(response, authorization.refusal, REFUSALS[authorization.refusal]);
    const maxBytes = authorizer && !isGuarded ? MAX_OPEN_BODY_BYTES : MAX_BODY_BYTES;
    const body = await readBody(request, maxBytes); // only now: whoever is refused fills no memory
    if (!body) return plain(response, 413, 'Request Entity Too Large');
    const event = withBody(authorization.event, body);
    const outcome = await integration.invoke(match.routeKey, handler, event, INTEGRATION_TIMEOUT);
    if (outcome === 'timed out') return plain(response, 503, 'Service Unavailable');
    if (outcome === 'failed' || !isAnswer(outcome.result)) return plain(response, 500, 'Internal Server Error');
    writeResult(response, outcome.result, cors !== undefined);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      // As a rule its client has gone, which is no error of ours; either way nobody is left to answer.
      if (!request.errored) onError(`${request.method} (request)`, error);
      response.destroy();
    });
  });

  async function stop(graceMilliseconds: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const deadline = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
    await closed;
    clearTimeout(deadline);
  }

  return { server, stop };
}

/** False for what the platform answers with a 500: a status that is none, or more than Lambda can return. */
function isAnswer(result: HandlerResult): boolean {
  if (typeof result === 'object' && result?.statusCode !== undefined && (statusOf(result) ?? 0) < 200) return false;
  return Buffer.byteLength(JSON.stringify(result ?? null)) <= MAX_ANSWER_BYTES;
}

/** A result as payload 2.0 has it: with a statusCode, or any other JSON value as the body of a 200. */
function writeResult(response: ServerResponse, result: HandlerResult, hasCors: boolean): void {
  if (typeof result !== 'object' || result?.statusCode === undefined) {
    json(response, 200, typeof result === 'string' ? result : JSON.stringify(result ?? null));
    return;
  }
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    if (hasCors && isCorsHeader(name)) continue; // an API with CORS of its own ignores its functions' headers for it
    response.setHeader(name, String(value));
  }
  if (result.cookies) response.setHeader('set-cookie', result.cookies);
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  if (result.statusCode !== 204) response.setHeader('content-length', body.length);
  response.writeHead(result.statusCode).end(body);
}

function plain(response: ServerResponse, status: number, message: string): void {
  json(response, status, JSON.stringify({ message }));
}

function json(response: ServerResponse, status: number, text: string): void {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}
