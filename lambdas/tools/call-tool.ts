/** Calls a tool by its name; a name that nobody registered is simulated. */
import * as z from 'zod/mini';
import type { JsonObject } from '../protocol/json';
import type { ToolOutcome } from '../protocol/server-messages';
import { detailsFromIssues, summaryOfDetails } from '../protocol/validation';
import type { Log } from '../runtime';
import { type Tool, type ToolContext, ToolError } from './tool';

export type CallTool = (name: string, params: JsonObject, context: ToolContext) => Promise<ToolOutcome>;

/** @param tools  each name once; a Map, so that no name of a client's can be a name of Object.prototype's */
export function createCallTool(tools: readonly Tool[], log: Log): CallTool {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size !== tools.length) throw new Error('two tools have the same name');

  return async function callTool(name, params, context) {
    const tool = byName.get(name);
    if (!tool) return { result: `Simulated result of ${name}`, simulated: true };
    const parsed = z.safeParse(tool.params, params);
    if (!parsed.success) {
      const summary = summaryOfDetails(detailsFromIssues(parsed.error.issues, 'params'));
      return { error: { code: 'invalid_params', message: summary } };
    }
    try {
      return { result: await tool.run(parsed.data, context) };
    } catch (error) {
      if (error instanceof ToolError) return { error: { code: error.code, message: error.message } };
      log.error('tool_failed', error, { client_id: context.clientId });
      return { error: { code: 'internal_error', message: 'The tool failed. The team that runs it has been told.' } };
    }
  };
}
