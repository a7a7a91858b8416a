/** One MCP exchange over HTTP: platform event in, JSON answer out. Stateless between requests. */
import {
  createMcpHandler,
  isLegacyRequest,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { JsonObject } from '../protocol/json';

export interface McpAnswer {
  status: number;
  /** JSON, or empty. */
  text: string;
}

/**
 * @param makeServer  gets true if the caller speaks the newest revision, which has no handshake, and false for the one before
 */
export async function serveMcp(
  { headers, rawPath }: Pick<APIGatewayProxyEventV2, 'headers' | 'rawPath'>,
  body: JsonObject,
  makeServer: (isNewest: boolean) => Server,
): Promise<McpAnswer> {
  const request = new Request(`http://localhost${rawPath}`, { method: 'POST', headers: headersOf(headers) });
  const serve = (await isLegacyRequest(request, body)) ? serveOlder : serveNewest;
  const response = await serve(request, body, makeServer);
  return { status: response.status, text: await response.text() };
}

/** MCP's headers. Answers are always JSON, whatever the caller accepts, as on any other call. */
function headersOf(headers: APIGatewayProxyEventV2['headers']): Headers {
  const ofMcp = Object.entries(headers).filter(([name]) => name.startsWith('mcp-')) as [string, string][];
  return new Headers([
    ...ofMcp,
    ['accept', 'application/json, text/event-stream'],
    ['content-type', 'application/json'],
  ]);
}

function serveNewest(request: Request, body: JsonObject, makeServer: (isNewest: boolean) => Server) {
  const options = { legacy: 'reject', maxSubscriptions: 0, keepAliveMs: 0 } as const; // a subscription's stream would outlive the request
  return createMcpHandler(() => makeServer(true), options).fetch(request, { parsedBody: body });
}

async function serveOlder(request: Request, body: JsonObject, makeServer: (isNewest: boolean) => Server) {
  const server = makeServer(false);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    return await transport.handleRequest(request, { parsedBody: body });
  } finally {
    await server.close();
  }
}
