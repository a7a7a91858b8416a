/** Tools from any source, in the form in which clients and models get them. */
import type { JsonObject } from '../protocol/json';
import type { ToolOutcome } from '../protocol/server-messages';
import type { HandlerContext } from './handler-context';
import type { Awaitable } from './runtime';

export interface OfferedTool {
  name: string;
  description: string;
  /** JSON Schema of the parameters: an object. */
  parameters: JsonObject;
  /** Never rejects: failures are part of the outcome. */
  call(params: JsonObject, context: HandlerContext): Awaitable<ToolOutcome>;
}

export interface ToolSource {
  /** Tools of the reachable servers. Names start with the server's name and a dot. */
  tools(): Promise<readonly OfferedTool[]>;
  /** Asks only the server in the name. */
  tool(name: string): Promise<OfferedTool | undefined>;
}

export const NO_TOOLS: ToolSource = { tools: async () => [], tool: async () => undefined };
