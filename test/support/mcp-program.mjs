/** An MCP server made with the official SDK: over stdio, or with `--http[=PORT]` over HTTP, where it prints its URL. */
import { createServer } from 'node:http';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

const text = (said) => ({ content: [{ type: 'text', text: said }] });

/** @param key  the header `x-key` of the request, over HTTP */
function createProgram(key) {
  const server = new McpServer({ name: 'program', version: '1.0.0' });
  const page = { description: 'Reads a page.', inputSchema: z.object({ page: z.number() }) };
  server.registerTool('read_page', page, async ({ page }) => text(`Page ${page}`));
  server.registerTool('count', { ...page, outputSchema: z.object({ words: z.number() }) }, async () => ({
    ...text('7'),
    structuredContent: { words: 7 },
  }));
  server.registerTool('fail', { description: 'Fails.' }, async () => ({ ...text('No such page'), isError: true }));
  server.registerTool('key', { description: 'Tells the key.' }, async () => text(key ?? process.env.PROGRAM_KEY ?? ''));
  server.registerTool('die', { description: 'Dies.' }, async () => process.exit(1));
  return server;
}

async function readWhole(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

const option = process.argv.find((argument) => argument.startsWith('--http'));
if (option === undefined) {
  console.error('something that is said on stderr');
  serveStdio(() => createProgram());
} else {
  const handler = createMcpHandler(({ requestInfo }) => createProgram(requestInfo?.headers.get('x-key')));
  const server = createServer(async (request, response) => {
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const body = request.method === 'POST' ? await readWhole(request) : undefined;
    const answer = await handler.fetch(
      new Request(`http://localhost${request.url}`, { method: request.method, headers, body }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const part of answer.body ?? []) response.write(part);
    response.end();
  });
  server.listen(Number(option.split('=')[1] ?? 0), '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${server.address().port}/mcp`),
  );
}
