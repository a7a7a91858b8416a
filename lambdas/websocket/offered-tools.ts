/** The tools that the server offers, in one array: those of the app, and those of MCP servers. */
import type { Dependencies } from '../ports/dependencies';
import type { OfferedTool } from '../ports/tool-source';
import type { CallTool } from '../tools/call-tool';

export interface OfferedTools {
  tools(): Promise<readonly OfferedTool[]>;
  call: CallTool;
}

/** @param callTool  of the app's tools, which simulates those that nobody has */
export function createOfferedTools(
  { toolDescriptions, mcpTools }: Pick<Dependencies, 'toolDescriptions' | 'mcpTools'>,
  callTool: CallTool,
): OfferedTools {
  const own = toolDescriptions.map(
    ({ name, description, input_schema: parameters }): OfferedTool => ({
      name,
      description,
      parameters,
      call: (params, context) => callTool(name, params, context),
    }),
  );
  const ownNames = new Set(own.map(({ name }) => name));

  return {
    tools: async () => [...own, ...(await mcpTools.tools()).filter(({ name }) => !ownNames.has(name))],

    async call(name, params, context) {
      const other = ownNames.has(name) ? undefined : await mcpTools.tool(name);
      return other ? other.call(params, context) : callTool(name, params, context);
    },
  };
}
