/** What a tool is. One file a tool in this folder, and a row in `table.ts`. */
import type * as z from 'zod/mini';
import type { JsonObject } from '../protocol/json';
import type { Clock } from '../runtime';

export interface ToolContext {
  clientId: string;
  clock: Clock;
}

/** A tool that clients call by its name. */
export interface Tool<Params extends z.core.$ZodType = z.core.$ZodType> {
  name: string;
  /** One sentence for people, shown in the descriptions. */
  description: string;
  /** What `params` may hold. A call that does not fit is answered with `invalid_params`, and `run` is not called. */
  params: Params;
  /** Any JSON value. Throw a ToolError to fail with a message that the client may read. */
  run(params: z.output<Params>, context: ToolContext): unknown | Promise<unknown>;
}

/** Checks a tool's types; does nothing at run time. */
export function defineTool<Params extends z.core.$ZodType<unknown, JsonObject>>(tool: Tool<Params>): Tool {
  return tool as unknown as Tool;
}

/** A tool's failure, told to the client as it is. */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  /** @param code  snake_case, for programs; `message` is for people */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
