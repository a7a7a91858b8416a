/**
 * The management API of a WebSocket API, for the unchanged SDK client: `/{stage}/@connections/{id}`. It has its own port on loopback, which
 * clients cannot reach. Callers sign with credentials that this process generates.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gatewayId } from './event-values';
import { CLOSED_BY_API } from './gateway-web-socket';
import type { LiveConnection } from './live-connection';
import { readBody } from './request-body';
import { type Credentials, claimOf, isSignedBy } from './signature';
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
  credentials: Credentials;
  find(connectionId: string): LiveConnection | undefined;
  throttle: Throttle;
}

export function createConnectionsServer(options: ConnectionsEndpointOptions): Server {
  const { stage, credentials, find, throttle } = options;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', method = '' } = request;
    const claim = claimOf(request);
    if (!claim) return fail(response, 403, 'Missing Authentication Token');
    if (claim.accessKeyId !== credentials.accessKeyId)
      return fail(response, 403, UNKNOWN_KEY, 'UnrecognizedClientException');
    const body = await readBody(request, MAX_DATA_BYTES);
    if (!body) return fail(response, 413, 'Payload Too Large');
    if (!isSignedBy(credentials, claim, request, body))
      return fail(response, 403, WRONG_SIGNATURE, 'InvalidSignatureException');
    if (!url.startsWith(`/${stage}/@connections/`)) return fail(response, 403, 'Forbidden');
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
    if (connection.isBufferFull) return fail(response, 429, 'The client does not read');
    return connection.send(body.toString()) ? json(response, 200) : fail(response, 410, 'Gone');
  }

  return createServer((request, response) => {
    answer(request, response).catch(() => response.destroy()); // the caller disconnected before it had sent the body
  });
}

const UNKNOWN_KEY = 'The security token included in the request is invalid.';
const WRONG_SIGNATURE = 'The request signature does not match the signature you provided.';

/** Connection ids can contain `/`, `+` and `=`, which are percent-encoded in the path. */
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

function fail(
  response: ServerResponse,
  status: keyof typeof ERRORS,
  message: string,
  type: string = ERRORS[status],
): void {
  response.setHeader('x-amzn-errortype', type);
  json(response, status, { message });
}

function json(response: ServerResponse, status: number, body?: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.setHeader('x-amzn-requestid', gatewayId());
  if (status !== 204) response.setHeader('content-length', Buffer.byteLength(text));
  if (text !== '') response.setHeader('content-type', 'application/json');
  response.writeHead(status).end(text);
}
