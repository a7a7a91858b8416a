/** Calls a tool by name; an unknown name returns a simulated result. */
import * as z from 'zod/mini';
import type { HandlerContext } from '../ports/handler-context';
import { type Awaitable, orElse } from '../ports/runtime';
import { type Tool, ToolError } from '../ports/tool';
import { type JsonObject, withPlainNumbers } from '../protocol/json';
import type { ToolOutcome } from '../protocol/server-messages';
import { detailsFromIssues, summaryOfDetails } from '../protocol/validation';

export type CallTool = (name: string, params: JsonObject, context: HandlerContext) => Awaitable<ToolOutcome>;

/**
 * @param tools  with unique names
 */
export function createCallTool(tools: readonly Tool[]): CallTool {
  const byName = new Map(
    // a Map, because a client may call a tool "constructor"
    tools.map((tool) => [tool.name, tool]),
  );
  if (byName.size !== tools.length) throw new Error('two tools have the same name');

  function failed(error: unknown, context: HandlerContext): ToolOutcome {
    if (error instanceof ToolError) return { error: { code: error.code, message: error.message } };
    context.log.error('tool_failed', error);
    return { error: { code: 'internal_error', message: 'The tool failed. The error was logged.' } };
  }

  return function callTool(name, params, context) {
    const tool = byName.get(name);
    if (!tool) return { result: `Simulated result of ${name}`, simulated: true };
    const parsed = z.safeParse(tool.params, withPlainNumbers(params));
    if (!parsed.success) {
      const summary = summaryOfDetails(detailsFromIssues(parsed.error.issues, 'params'));
      return { error: { code: 'invalid_params', message: summary } };
    }
    return orElse(
      () => {
        const result = tool.run(parsed.data, context);
        const isPending = typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function';
        return isPending ? Promise.resolve(result).then((value) => ({ result: value })) : { result };
      },
      (error) => failed(error, context),
    );
  };
}
