/** The tools of all configured MCP servers. */
import type { McpServers } from '../../lambdas/mcp/mcp-servers';
import type { ToolSource } from '../../lambdas/ports/tool-source';
import { McpConnection, type McpConnectionOptions } from './mcp-connection';

export interface McpTools extends ToolSource {
  stop(): Promise<void>;
}

/** Connects to all servers in parallel, without waiting. */
export function createMcpTools(
  servers: McpServers,
  options: Pick<McpConnectionOptions, 'secrets' | 'clock' | 'log'>,
): McpTools {
  const connections = Object.entries(servers).map(([name, server]) => new McpConnection({ name, server, ...options }));
  for (const connection of connections) void connection.connect();
  return {
    tools: async () => connections.flatMap(({ tools }) => tools),
    async tool(name) {
      return connections.flatMap(({ tools }) => tools).find((one) => one.name === name);
    },
    async stop() {
      await Promise.all(connections.map((connection) => connection.stop()));
    },
  };
}
