/** Tools wherever they come from, in the one shape in which clients and models are offered them. */
import type { JsonObject } from '../protocol/json';
import type { ToolOutcome } from '../protocol/server-messages';
import type { HandlerContext } from './handler-context';

export interface OfferedTool {
  name: string;
  description: string;
  /** JSON Schema of the parameters: an object. */
  parameters: JsonObject;
  /** Never rejects: whoever calls is told what failed. */
  call(params: JsonObject, context: HandlerContext): Promise<ToolOutcome>;
}

export interface ToolSource {
  /** Those of the servers that can be reached. Names begin with that of the server and a dot. */
  tools(): Promise<readonly OfferedTool[]>;
  /** Only the server that is named is asked. */
  tool(name: string): Promise<OfferedTool | undefined>;
}

export const NO_TOOLS: ToolSource = { tools: async () => [], tool: async () => undefined };
