/** All tools that the server offers: the app's, and those of MCP servers. */
import type { Dependencies } from '../ports/dependencies';
import type { OfferedTool } from '../ports/tool-source';
import type { CallTool } from '../tools/call-tool';

export interface OfferedTools {
  tools(): Promise<readonly OfferedTool[]>;
  call: CallTool;
}

/**
 * @param callTool  calls the app's tools, and simulates unknown ones
 */
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

  const callOther: CallTool = async (name, params, context) => {
    const other = await mcpTools.tool(name);
    return other ? other.call(params, context) : callTool(name, params, context);
  };

  return {
    tools: async () => [...own, ...(await mcpTools.tools()).filter(({ name }) => !ownNames.has(name))],

    call(name, params, context) {
      if (ownNames.has(name)) return callTool(name, params, context);
      return callOther(name, params, context);
    },
  };
}
