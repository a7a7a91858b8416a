/** An HTTP request as API Gateway's HTTP API describes it, payload format 2.0. */
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { clfTime } from './clf-time';
import { gatewayId } from './ids';
import { API_ID } from './websocket-events';

/** @param pathParameters  already decoded; left out of the event where there are none */
export function httpEvent(
  request: IncomingMessage,
  routeKey: string,
  pathParameters: Record<string, string>,
  body: Buffer,
  now: number,
): APIGatewayProxyEventV2 {
  const [rawPath = '/', rawQueryString = ''] = splitOnce(request.url ?? '/', '?');
  const { host = 'localhost', cookie, 'user-agent': userAgent = '' } = request.headers;
  const query = queryParameters(rawQueryString);
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers: headersOf(request),
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: API_ID,
      domainName: host,
      domainPrefix: host.split(/[.:]/)[0] as string,
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
        userAgent,
      },
      requestId: gatewayId(),
      routeKey,
      stage: '$default',
      time: clfTime(now),
      timeEpoch: now,
    },
    ...(body.length > 0 && { body: body.toString() }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    isBase64Encoded: false,
  };
}

/** In lower case, duplicates joined by commas. */
function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => name !== 'cookie');
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]),
  );
}

/** A name given more than once has its values joined by commas. */
function queryParameters(rawQueryString: string): Record<string, string> | undefined {
  const query = new URLSearchParams(rawQueryString);
  if (query.size === 0) return undefined;
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
