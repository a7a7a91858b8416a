/**
 * Descriptions of the server's tools for `list_tools`. Computed at build time, because the code that converts zod schemas would enlarge
 * the message function's bundle by a tenth.
 */
import * as z from 'zod/mini';
import type { JsonObject } from './json';

/** A tool of the server. */
export interface ToolDescription extends JsonObject {
  name: string;
  description: string;
  /** JSON Schema of its params. */
  input_schema: JsonObject;
}

interface Described {
  name: string;
  description: string;
  params: z.core.$ZodType;
}

export function describeTools(tools: readonly Described[]): ToolDescription[] {
  return tools.map(({ name, description, params }) => {
    const { $schema: _, ...schema } = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' });
    return { name, description, input_schema: JSON.parse(JSON.stringify(schema)) };
  });
}
