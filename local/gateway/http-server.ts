/** The HTTP port of the gateway: requests in, events to the handlers of the routes, results back. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type CorsConfiguration, corsHeaders, isPreflight, preflightHeaders } from './cors';
import { type Handler, type HandlerResult, type OnError, statusOf } from './handler';
import { httpEvent } from './http-events';
import { createRouter } from './http-router';

export interface HttpOptions {
  /** Handlers by route key: `GET /pets/{pet_id}`, or `$default` for what no other takes. */
  routes: ReadonlyMap<string, Handler<APIGatewayProxyEventV2>>;
  cors: CorsConfiguration;
  onError: OnError;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Bytes of a request's body: the payload quota of an HTTP API. */
const MAX_BODY_BYTES = 10_485_760;

export interface HttpGateway {
  server: Server;
  /** Takes nothing new, and ends when the running requests are answered, or the grace is over. */
  stop(graceMilliseconds: number): Promise<void>;
}

export function createHttpGateway({ routes, cors, onError, now }: HttpOptions): HttpGateway {
  const route = createRouter([...routes.keys()]);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isPreflight(request.method, request.headers)) {
      response.writeHead(204, preflightHeaders(request.headers, cors)).end();
      return;
    }
    for (const [name, value] of Object.entries(corsHeaders(request.headers, cors))) response.setHeader(name, value);
    const [path = '/'] = (request.url ?? '/').split('?');
    const match = route(request.method ?? 'GET', path);
    const handler = match && routes.get(match.routeKey);
    if (!handler) return plain(response, 404, 'Not Found');
    const body = await readBody(request);
    if (!body) return plain(response, 413, 'Request Entity Too Large');
    try {
      writeResult(response, await handler(httpEvent(request, match.routeKey, match.pathParameters, body, now())));
    } catch (error) {
      onError(match.routeKey, error);
      plain(response, 500, 'Internal Server Error');
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      // Only the request's own stream fails here: its client has gone, and nobody is left to answer.
      onError(`${request.method} (request)`, error);
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

/** Undefined where the body is larger than the platform takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk); // the rest is read and dropped, so that the answer can be read
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/** A result as payload 2.0 has it: with a statusCode, or any other JSON value as the body of a 200. */
function writeResult(response: ServerResponse, result: HandlerResult): void {
  if (typeof result !== 'object' || result.statusCode === undefined) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof result === 'string' ? result : JSON.stringify(result ?? null));
    return;
  }
  const status = statusOf(result);
  if (status === undefined) throw new Error('the handler answered with a statusCode that is none');
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value));
  if (result.cookies) response.setHeader('set-cookie', result.cookies);
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  if (status !== 204) response.setHeader('content-length', body.length);
  response.writeHead(status).end(body);
}

function plain(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}
