/** Settings of the team's own code. */
import type { RemoteMcpServers } from '../../mcp/mcp-servers';
import { systemClock } from '../../ports/runtime';
import { NO_TOOLS, type ToolSource } from '../../ports/tool-source';
import { createJsonLog } from '../json-log';
import type { FunctionContext } from './function-context';
import { secrets } from './secrets';

export function appSettings({ environment, app }: FunctionContext): Readonly<Record<string, string>> {
  const settings = Object.entries(app?.settings ?? {});
  return Object.fromEntries(settings.map(([name, { default: value }]) => [name, environment[name] ?? value]));
}

/** Loads its code on first use, from a separate file (`CHUNKS` in `lib/bundle.ts`), and only if the setting names a server. */
export function mcpTools(context: FunctionContext): ToolSource {
  const { environment, load } = context;
  const { MCP_SERVERS: servers } = environment;
  if (servers === undefined || !load) return NO_TOOLS;

  async function open(text: string, chunk: Promise<unknown>): Promise<ToolSource> {
    const { createOnDemandTools, version } = (await chunk) as typeof import('../mcp-tools');
    const options = { version, secrets: secrets(context), clock: systemClock, log: createJsonLog(environment) };
    return createOnDemandTools(JSON.parse(text) as RemoteMcpServers, options);
  }

  let opened: Promise<ToolSource> | undefined;
  const source = () => {
    opened ??= open(servers, load('mcp-tools'));
    return opened;
  };
  return {
    tools: async () => (await source()).tools(),
    tool: async (name) => (await source()).tool(name),
  };
}
