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
  /** Those that are known now: it waits for no server. Names begin with that of the source and a dot. */
  tools(): Promise<readonly OfferedTool[]>;
}
