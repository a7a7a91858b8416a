/** The app's tools for a model. */
import * as z from 'zod/mini';
import type { Tool } from '../ports/tool';
import type { OfferedTool } from '../ports/tool-source';
import type { JsonObject } from '../protocol/json';
import type { CallTool } from './model-responder';

/**
 * @param callTool  validates the params, as for a client's call
 */
export function modelToolsOf(tools: readonly Tool[], callTool: CallTool): OfferedTool[] {
  return tools.map(({ name, description, params }) => ({
    name,
    description,
    parameters: schemaOf(params),
    call: (given, context) => callTool(name, given, context),
  }));
}

function schemaOf(params: Tool['params']): JsonObject {
  const { $schema, ...schema } = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' });
  return { ...schema, type: 'object' };
}
