// An MCP host: lists the tools of one client, and calls one of them.
//   node host.mjs CLIENT_ID [TOOL_NAME [ARGUMENTS]]
// API is the address of the server, API_KEY its key if it has access control. Needs `npm install @modelcontextprotocol/client`.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [clientId, tool, given = '{}'] = process.argv.slice(2);
const { API = 'http://localhost:9005', API_KEY } = process.env;
if (clientId === undefined) {
  console.error('Usage: node host.mjs CLIENT_ID [TOOL_NAME [ARGUMENTS]]');
  process.exit(2);
}

const headers = API_KEY ? { authorization: `Bearer ${API_KEY}` } : {};
const url = new URL(`${API}/clients/${encodeURIComponent(clientId)}/mcp`);
const host = new Client({ name: 'example-host', version: '1' }, { versionNegotiation: { mode: 'auto' } });
try {
  await host.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
} catch ({ message }) {
  console.error(`Cannot connect to ${url}: ${message}`);
  process.exit(1);
}

if (tool === undefined) {
  const { tools } = await host.listTools();
  for (const { name, description } of tools) console.log(`${name}: ${description}`);
} else {
  const { content, isError } = await host.callTool({ name: tool, arguments: JSON.parse(given) });
  for (const part of content) console.log(part.type === 'text' ? part.text : JSON.stringify(part));
  if (isError) process.exitCode = 1; // a person or a model reads why
}
await host.close();
