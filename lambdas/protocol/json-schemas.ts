/** zod schemas as JSON Schema (draft 2020-12, which OpenAPI 3.1 and AsyncAPI 3 both take), with shared parts in one place. */
import * as z from 'zod';

export type JsonSchema = Record<string, unknown>;

/** Collects the schemas that have an `id`, and refers to them from everywhere else. */
export class SchemaCollection {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The schema, or a reference to it where it has an `id`. */
  add(schema: z.ZodType): JsonSchema {
    const id = z.globalRegistry.get(schema)?.id;
    const { $schema: _, $defs, id: __, ...body } = toJsonSchema(schema);
    for (const [name, definition] of Object.entries($defs ?? {}))
      this.schemas[name] = withoutId(definition as JsonSchema);
    if (id === undefined) return body;
    this.schemas[id] = body;
    return { $ref: `#/components/schemas/${id}` };
  }
}

function withoutId({ id: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** Of what is put in, not of what comes out: the wire's own shape, before our camelCase. */
function toJsonSchema(schema: z.ZodType): JsonSchema {
  const text = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
