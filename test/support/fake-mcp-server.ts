/** An MCP server of revision 2025-11-25 for tests. It answers calls with a given JSON text, unchanged, and records requests. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface McpRequest {
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface FakeMcpServer {
  url: string;
  requests: McpRequest[];
  /** Methods so far, without the probe for newer revisions. */
  methods(): string[];
  /** Forgets its session, like a restarted server. */
  forget(): void;
  stop(): void;
}

const TOOL = { name: 'find', description: 'Finds.', inputSchema: { type: 'object' } };

/** @param result  the text of a call's result; `asStream` sends it as an event */
export async function startFakeMcpServer(result: string, { asStream = false } = {}): Promise<FakeMcpServer> {
  const requests: McpRequest[] = [];
  let session = 1;

  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { id, method = request.method } = body === '' ? {} : JSON.parse(body);
    requests.push({ method, headers: request.headers, body });
    const given = request.headers['mcp-session-id'];
    if (given !== undefined && given !== `s-${session}`) return response.writeHead(404).end();
    if (id === undefined) return response.writeHead(request.method === 'POST' ? 202 : 405).end();
    const answer = (said: string) => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${said}}`;
    const results: Record<string, string> = {
      initialize: JSON.stringify({
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'fake', version: '1' },
      }),
      'tools/list': JSON.stringify({ tools: [TOOL] }),
      'tools/call': result,
    };
    const known = results[method];
    if (known === undefined) {
      response.setHeader('content-type', 'application/json');
      return response.end(answer('"error":{"code":-32601,"message":"Method not found"}'));
    }
    response.writeHead(200, {
      'content-type': asStream ? 'text/event-stream' : 'application/json',
      ...(method === 'initialize' && { 'mcp-session-id': `s-${session}` }),
    });
    const said = answer(`"result":${known}`);
    if (!asStream) return response.end(said);
    response.write(`id: 12345678901234567890\nevent: message\ndata: ${said.slice(0, said.length / 2)}`);
    response.end(`${said.slice(said.length / 2)}\n\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    requests,
    methods: () => requests.map(({ method }) => method).filter((method) => method !== 'server/discover'),
    forget() {
      session += 1;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
