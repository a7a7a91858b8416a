/** An HTTP request as an event of API Gateway's HTTP API, payload format 2.0. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Caller, peerAddress } from './client-address';
import { clfTime, gatewayId, traceId } from './event-values';
import type { HttpTarget } from './http-target';
import { valuesByName } from './query';
import { ACCOUNT_ID, API_ID } from './websocket-events';

/**
 * The event before the body has arrived.
 * @param pathParameters  already decoded; omitted from the event if there are none
 */
export function httpEvent(
  request: IncomingMessage,
  { path: rawPath, query: rawQueryString, host: targetHost }: HttpTarget,
  caller: Caller,
  routeKey: string,
  pathParameters: Record<string, string>,
  now: number,
): APIGatewayProxyEventV2 {
  const { cookie, 'user-agent': userAgent = '' } = request.headers;
  const host = (caller.isProxied ? undefined : targetHost) ?? caller.host;
  const query = queryParameters(rawQueryString);
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers: headersOf(request, caller),
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: API_ID,
      domainName: host,
      domainPrefix: host.split(/[.:]/)[0] as string,
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: caller.address,
        userAgent,
      },
      requestId: gatewayId(),
      routeKey,
      stage: '$default',
      time: clfTime(now),
      timeEpoch: now,
    },
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    isBase64Encoded: false,
  };
}

export function withBody(event: APIGatewayProxyEventV2, body: Buffer): APIGatewayProxyEventV2 {
  const headers = { ...event.headers, 'content-length': String(body.length) };
  if (body.length === 0) return { ...event, headers };
  // A text type that is not valid UTF-8 would be corrupted as text, so the function gets its bytes as Base64.
  const isBase64Encoded = !isText(event.headers['content-type']) || !isUtf8(body);
  return { ...event, headers, body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
}

/** The authorizer's event: the route's event without the body, plus the identity sources and the route's ARN. */
export function httpAuthorizerEvent(event: APIGatewayProxyEventV2, identitySource: string[]) {
  const { isBase64Encoded: _, ...request } = event;
  const { stage, http } = event.requestContext;
  return {
    ...request,
    type: 'REQUEST' as const,
    routeArn: `arn:aws:execute-api:local:${ACCOUNT_ID}:${API_ID}/${stage}/${http.method}${http.path}`,
    identitySource,
  };
}

/** Content types that a function gets as text. All others are binary, including forms and a missing type. */
function isText(contentType = ''): boolean {
  return /^(text\/[^;]*|application\/(json|xml|javascript))\s*(;|$)/i.test(contentType.trim());
}

/** Hop-by-hop headers, and cookies, which have their own field. */
const NOT_FORWARDED = /^(connection|cookie|keep-alive|transfer-encoding|upgrade)$/;

/** Headers accepted only from a trusted proxy. */
const SAID_BY_PROXIES = /^(forwarded|x-forwarded-(host|port|prefix|proto))$/;

/** In lower case, duplicates joined by commas, plus the headers that API Gateway adds and values from a trusted proxy. */
function headersOf(request: IncomingMessage, caller: Caller) {
  const { rawHeaders } = request;
  const joined = new Map<string, string>();
  const add = (name: string, value: string) =>
    joined.set(name, joined.has(name) ? `${joined.get(name)},${value}` : value);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!NOT_FORWARDED.test(name) && !SAID_BY_PROXIES.test(name)) add(name, rawHeaders[index + 1] as string);
  }
  if (!joined.has('content-length')) joined.set('content-length', '0');
  add('x-amzn-trace-id', traceId());
  add('x-forwarded-for', peerAddress(request));
  add('x-forwarded-port', caller.port);
  add('x-forwarded-proto', caller.protocol);
  if (caller.isProxied) add('x-forwarded-host', caller.host);
  if (caller.prefix !== '') add('x-forwarded-prefix', caller.prefix);
  return Object.fromEntries(joined);
}

/** Values of repeated names are joined by commas. */
function queryParameters(rawQueryString: string): Record<string, string> | undefined {
  const values = valuesByName(rawQueryString);
  if (values.size === 0) return undefined;
  return Object.fromEntries([...values].map(([name, all]) => [name, all.join(',')]));
}
