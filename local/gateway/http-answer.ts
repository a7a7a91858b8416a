/** The response to an HTTP client: a handler's result in payload format 2.0, or the platform's own error. */
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { WriteBody } from './body-writer';
import { isCorsHeader } from './cors';
import { type HandlerResult, statusOf } from './handler';
import { MAX_ANSWER_BYTES } from './http-limits';
import type { SharedBodies } from './shared-bodies';

/** The platform's own error texts, verbatim. */
export const PLATFORM_SAYS = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** How a server keeps and writes the bodies of its answers. */
export interface AnswerBodies {
  /** Bodies that take no memory of their own. */
  shared: SharedBodies;
  writeBody: WriteBody;
}

/** Bytes that an answer takes whose body is shared: its headers, and its place in the socket's queue. */
const SHARED_BYTES = 4_096;

/** False for results that the platform answers with a 500: an invalid status, or a body larger than Lambda can return. */
export function isAnswer(result: HandlerResult): boolean {
  if (typeof result !== 'object' || result?.statusCode === undefined) return isSmallEnough(result);
  if ((statusOf(result) ?? 0) < 200) return false;
  const { body = '', isBase64Encoded } = result;
  // A character takes at most six bytes in JSON, and one in Base64, so few answers have to be serialized to know their size.
  const most = typeof body === 'string' ? body.length * (isBase64Encoded ? 1 : 6) : Number.POSITIVE_INFINITY;
  return most < MAX_ANSWER_BYTES / 2 || isSmallEnough(result);
}

function isSmallEnough(result: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(result ?? null)) <= MAX_ANSWER_BYTES;
}

/**
 * Sends a result: with a statusCode, or any other JSON value as the body of a 200.
 * @param hasCors  if the API has its own CORS configuration, CORS headers of the function are ignored
 * @returns bytes that this answer holds until it is read
 */
export function writeResult(
  response: ServerResponse,
  result: HandlerResult,
  hasCors: boolean,
  { shared, writeBody }: AnswerBodies,
): number {
  if (typeof result !== 'object' || result?.statusCode === undefined) {
    return json(response, 200, typeof result === 'string' ? result : JSON.stringify(result ?? null));
  }
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    if (!(hasCors && isCorsHeader(name))) response.setHeader(name, String(value));
  }
  if (result.cookies) response.setHeader('set-cookie', result.cookies);
  if (result.stream) {
    response.writeHead(result.statusCode).flushHeaders();
    pipeline(result.stream, response, () => {}); // ends or destroys both; a disconnected client is not an error
    return 0;
  }
  const { body: text = '' } = result;
  const body = result.isBase64Encoded ? shared.of(text) : Buffer.from(text);
  if (result.statusCode !== 204) response.setHeader('content-length', body.length);
  writeBody(response.writeHead(result.statusCode), body);
  return shared.isShared(body) ? SHARED_BYTES : body.length;
}

/** Sends one of the platform's own errors. @returns bytes of the body */
export function refuse(response: ServerResponse, status: keyof typeof PLATFORM_SAYS): number {
  return json(response, status, JSON.stringify({ message: PLATFORM_SAYS[status] }));
}

/** Seconds after which a client with too many requests may try again. */
const RETRY_AFTER = '5';

/** Refuses a request of a client that has too many at the same time. */
export function refuseForNow(response: ServerResponse): number {
  response.shouldKeepAlive = false; // otherwise a slow body would keep the connection
  response.setHeader('retry-after', RETRY_AFTER);
  return refuse(response, 429);
}

function json(response: ServerResponse, status: number, text: string): number {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length }).end(text);
  return length;
}
