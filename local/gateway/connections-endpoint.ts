/** The management API of a WebSocket API: `/{stage}/@connections/{id}`, for the unchanged SDK client. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gatewayId } from './ids';
import { CLOSED_BY_API, type LiveConnection } from './live-connection';
import { readBody } from './request-body';
import type { Throttle } from './throttle';

/** Bytes of a message; the service model's limit of `PostToConnection`. */
const MAX_DATA_BYTES = 131_072;

/** Error names of the service model, by status. */
const ERRORS = {
  400: 'BadRequestException',
  403: 'ForbiddenException',
  405: 'MethodNotAllowedException',
  410: 'GoneException',
  413: 'PayloadTooLargeException',
  429: 'LimitExceededException',
} as const;

export interface ConnectionsEndpointOptions {
  stage: string;
  find(connectionId: string): LiveConnection | undefined;
  throttle: Throttle;
}

/** True for a request that is meant for the endpoint, whatever its stage. */
export function isConnectionsRequest({ url = '' }: IncomingMessage): boolean {
  return url.includes('/@connections/');
}

export function createConnectionsEndpoint({ stage, find, throttle }: ConnectionsEndpointOptions) {
  /** Connections are named by ids that hold `/`, `+` and `=`, percent-encoded. */
  function connectionIdOf(url: string): string | undefined {
    const [path = ''] = url.split('?');
    const encoded = path.slice(path.indexOf('/@connections/') + '/@connections/'.length);
    try {
      const connectionId = decodeURIComponent(encoded);
      return /^[A-Za-z0-9+/_-]{15}=$/.test(connectionId) ? connectionId : undefined;
    } catch {
      return undefined;
    }
  }

  return async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', headers, method = '' } = request;
    const body = await readBody(request, MAX_DATA_BYTES);
    if (!url.startsWith(`/${stage}/@connections/`)) return fail(response, 403, 'Forbidden');
    if (!headers.authorization?.startsWith('AWS4-HMAC-SHA256 '))
      return fail(response, 403, 'Missing Authentication Token');
    if (!throttle()) return fail(response, 429, 'Too Many Requests');
    const connectionId = connectionIdOf(url);
    if (connectionId === undefined) return fail(response, 400, 'Invalid connectionId');
    const connection = find(connectionId);
    if (!connection) return fail(response, 410, 'Gone');
    if (method === 'GET') return json(response, 200, connection.describe());
    if (method === 'DELETE') {
      connection.close(CLOSED_BY_API);
      return json(response, 204);
    }
    if (method !== 'POST') return fail(response, 405, 'Method Not Allowed');
    if (!body) return fail(response, 413, 'Payload Too Large');
    if (connection.isBufferFull) return fail(response, 429, 'The client does not read');
    return connection.send(body.toString()) ? json(response, 200) : fail(response, 410, 'Gone');
  };
}

function fail(response: ServerResponse, status: keyof typeof ERRORS, message: string): void {
  response.setHeader('x-amzn-errortype', ERRORS[status]);
  json(response, status, { message });
}

function json(response: ServerResponse, status: number, body?: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.setHeader('x-amzn-requestid', gatewayId());
  if (status !== 204) response.setHeader('content-length', Buffer.byteLength(text));
  if (text !== '') response.setHeader('content-type', 'application/json');
  response.writeHead(status).end(text);
}
