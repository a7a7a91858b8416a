/**
 * zod schemas as JSON Schema (draft 2020-12, which OpenAPI 3.1 and AsyncAPI 3 both use), in a form that client generators handle: every
 * object and enum has a name, nullable fields say so in their type, and every object has an example.
 */
import * as z from 'zod';
import { exampleOf, type JsonSchema } from './json-schema-examples';

export type { JsonSchema };

/** Collects the named schemas and refers to them by $ref. */
export class SchemaCollection {
  readonly schemas: Record<string, JsonSchema> = {};

  /** Returns the schema, or a $ref if it has a name. @param name  for a schema without an `id` */
  add(schema: z.core.$ZodType, name?: string): JsonSchema {
    const { $schema: _, $defs = {}, ...body } = toJsonSchema(schema);
    const definitions = Object.entries($defs as Record<string, JsonSchema>);
    Object.assign(this.schemas, $defs); // register all of them before their parts are named
    for (const [id, definition] of definitions) this.schemas[id] = this.#withNamedParts(definition, id);
    const described = name === undefined ? body : this.#named(body, name);
    for (const named of Object.values(this.schemas)) this.#giveExample(named);
    return described;
  }

  /** Resolves a $ref; returns other schemas unchanged. */
  resolve(schema: JsonSchema): JsonSchema {
    const name = String(schema.$ref ?? '').slice(REFERENCE.length);
    return this.schemas[name] ?? schema;
  }

  exampleOf(schema: JsonSchema): unknown {
    return exampleOf(schema, (part) => this.resolve(part));
  }

  /** Returns a $ref where a generator would otherwise invent a name. If another schema already has the name, this one stays inline. */
  #named(schema: JsonSchema, name: string): JsonSchema {
    const described = this.#withNamedParts(schema, name);
    if (described.properties === undefined && described.enum === undefined) return described;
    if (this.schemas[name] !== undefined && !isSame(this.schemas[name], described)) return described;
    this.schemas[name] ??= described;
    return { $ref: `${REFERENCE}${name}` };
  }

  #withNamedParts({ properties, items, ...rest }: JsonSchema, name: string): JsonSchema {
    const fields = Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([field, schema]) => [
      field,
      this.#named(schema, `${name}${pascalCase(field)}`),
    ]);
    return {
      ...rest,
      ...(properties !== undefined && { properties: Object.fromEntries(fields) }),
      ...(items !== undefined && { items: this.#named(items as JsonSchema, `${name}Item`) }),
    };
  }

  #giveExample(schema: JsonSchema): void {
    if (schema.properties === undefined || schema.examples !== undefined) return;
    const example = this.exampleOf(schema);
    if (example !== undefined) schema.examples = [example];
  }
}

const REFERENCE = '#/components/schemas/';

/** `retry_after_ms` to `RetryAfterMs`. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function isSame({ examples: _, ...one }: JsonSchema, { examples: __, ...other }: JsonSchema): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The input schema, not the output: the wire's snake_case, before our transforms. */
function toJsonSchema(schema: z.core.$ZodType): JsonSchema {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: simplify });
  return JSON.parse(JSON.stringify(described).replaceAll('"#/$defs/', `"${REFERENCE}`));
}

type Override = NonNullable<z.core.ToJSONSchemaParams['override']>;

const simplify: Override = ({ zodSchema, jsonSchema }) => {
  // zod bounds every integer by the safe integer range. That is not our rule, and readers mistake the bound for an example.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // The format is enough: generators map it to types of their own, which a pattern does not fit.
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  delete jsonSchema.propertyNames; // names are always strings
  if (jsonSchema.$ref === undefined) {
    // zod drops both for transformed values.
    const { examples, default: byDefault } = z.globalRegistry.get(zodSchema) ?? {};
    if (Array.isArray(examples)) jsonSchema.examples = examples;
    if (byDefault !== undefined) jsonSchema.default = byDefault as typeof jsonSchema.default;
  }
  mergeNull(jsonSchema);
};

/** `anyOf: [{type: 'object', …}, {type: 'null'}]` to `type: ['object', 'null'], …`: Go generators make a class for an anyOf. */
function mergeNull(jsonSchema: z.core.JSONSchema.BaseSchema): void {
  const { anyOf, ...rest } = jsonSchema;
  if (anyOf === undefined) return;
  const flat = anyOf.flatMap((option) => (option.anyOf && Object.keys(option).length === 1 ? option.anyOf : [option]));
  jsonSchema.anyOf = flat;
  const [only, nothing] = flat;
  if (flat.length !== 2 || typeof only?.type !== 'string' || nothing?.type !== 'null') return;
  if (only.properties !== undefined || only.enum !== undefined || only.const !== undefined) return;
  delete jsonSchema.anyOf;
  Object.assign(jsonSchema, { ...only, ...rest, type: [only.type, 'null'] });
}
