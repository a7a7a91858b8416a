/** zod schemas as JSON Schema (draft 2020-12, which OpenAPI 3.1 and AsyncAPI 3 both take), with shared parts in one place. */
import * as z from 'zod';

export type JsonSchema = Record<string, unknown>;

/** Collects the schemas that have an `id`, and refers to them from everywhere else. */
export class SchemaCollection {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The schema, or a reference to it where it has an `id`. */
  add(schema: z.core.$ZodType): JsonSchema {
    const { $schema: _, $defs, ...body } = toJsonSchema(schema);
    Object.assign(this.schemas, $defs);
    return body;
  }
}

/** Of what is put in, not of what comes out: the wire's own shape, before our camelCase. */
function toJsonSchema(schema: z.core.$ZodType): JsonSchema {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: withoutSafeBounds });
  return JSON.parse(JSON.stringify(described).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

/** zod bounds every integer by what a double holds exactly: nobody's rule here, and readers take the bound for an example. */
function withoutSafeBounds({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
