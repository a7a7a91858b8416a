/** The settings of the team's own code. */
import type { ToolSource } from '../../ports/tool-source';
import type { FunctionContext } from './function-context';

export function appSettings({ environment, app }: FunctionContext): Readonly<Record<string, string>> {
  const settings = Object.entries(app?.settings ?? {});
  return Object.fromEntries(settings.map(([name, { default: value }]) => [name, environment[name] ?? value]));
}

/** None yet: an MCP server needs a connection that outlives a function. One machine has them (`local/mcp/`). */
export function mcpTools(): ToolSource {
  return { tools: async () => [] };
}
