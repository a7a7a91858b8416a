/** The interface of tools. */
import type * as z from 'zod/mini';
import type { JsonObject } from '../protocol/json';
import type { HandlerContext } from './handler-context';

/**
 * A tool that clients call by name. Tools are in `lambdas/app/tools.ts`.
 *
 * @example
 * defineTool({
 *   name: 'roll_dice',
 *   description: 'Rolls dice.',
 *   params: z.object({ sides: z.int().check(z.minimum(2), z.maximum(100)) }),
 *   run: ({ sides }) => 1 + Math.floor(Math.random() * sides),
 * });
 */
export interface Tool<Params extends z.core.$ZodType = z.core.$ZodType> {
  name: string;
  /** One sentence for people. */
  description: string;
  /** Schema of `params`. A call that does not match is answered with `invalid_params`, and `run` is not called. */
  params: Params;
  /** Returns any JSON value. Throw a ToolError to fail with a message for the client. */
  run(params: z.output<Params>, context: HandlerContext): unknown | Promise<unknown>;
}

/** Checks a tool's types; does nothing at run time. */
export function defineTool<Params extends z.core.$ZodType<unknown, JsonObject>>(tool: Tool<Params>): Tool {
  return tool as unknown as Tool;
}

/** A failure whose message is sent to the client. */
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
