/** zod schemas as JSON Schema (draft 2020-12, which OpenAPI 3.1 and AsyncAPI 3 both take), with shared parts in one place. */
import * as z from 'zod';

export type JsonSchema = Record<string, unknown>;

/** Collects the schemas that have an `id`, and refers to them from everywhere else. */
export class SchemaCollection {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The schema, or a reference to it where it has an `id`. */
  add(schema: z.ZodType): JsonSchema {
    const { $schema: _, $defs, ...body } = toJsonSchema(schema);
    Object.assign(this.schemas, $defs);
    return body;
  }
}

/** Of what is put in, not of what comes out: the wire's own shape, before our camelCase. */
function toJsonSchema(schema: z.ZodType): JsonSchema {
  const text = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/'));
}
