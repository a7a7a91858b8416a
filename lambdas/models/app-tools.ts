/** The tools of the app, as a model is offered them. */
import * as z from 'zod/mini';
import type { Tool } from '../ports/tool';
import type { OfferedTool } from '../ports/tool-source';
import type { JsonObject } from '../protocol/json';
import type { CallTool } from './model-responder';

/** @param callTool  checks the parameters like those of a client */
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
