/**
 * zod schemas as JSON Schema (draft 2020-12, which OpenAPI 3.1 and AsyncAPI 3 both take), in a form that generators of clients
 * understand: each object and each enumeration has a name, what may be null says so in its type, and each object has an example.
 */
import * as z from 'zod';
import { exampleOf, type JsonSchema } from './json-schema-examples';

export type { JsonSchema };

/** Collects the schemas that have a name, and refers to them from everywhere else. */
export class SchemaCollection {
  readonly schemas: Record<string, JsonSchema> = {};

  /** The schema, or a reference to it where it has a name. @param name  for a schema without an `id` */
  add(schema: z.core.$ZodType, name?: string): JsonSchema {
    const { $schema: _, $defs = {}, ...body } = toJsonSchema(schema);
    const definitions = Object.entries($defs as Record<string, JsonSchema>);
    Object.assign(this.schemas, $defs); // all of them, before names are given to their parts
    for (const [id, definition] of definitions) this.schemas[id] = this.#withNamedParts(definition, id);
    const described = name === undefined ? body : this.#named(body, name);
    for (const named of Object.values(this.schemas)) this.#giveExample(named);
    return described;
  }

  /** What stands for a schema: itself, or what its reference leads to. */
  resolve(schema: JsonSchema): JsonSchema {
    const name = String(schema.$ref ?? '').slice(REFERENCE.length);
    return this.schemas[name] ?? schema;
  }

  exampleOf(schema: JsonSchema): unknown {
    return exampleOf(schema, (part) => this.resolve(part));
  }

  /** A reference where a generator would otherwise have to invent a name. A name that another schema has stays with it. */
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

/** Of what is put in, not of what comes out: the wire's own shape, before our camelCase. */
function toJsonSchema(schema: z.core.$ZodType): JsonSchema {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: simplify });
  return JSON.parse(JSON.stringify(described).replaceAll('"#/$defs/', `"${REFERENCE}`));
}

type Override = NonNullable<z.core.ToJSONSchemaParams['override']>;

const simplify: Override = ({ zodSchema, jsonSchema }) => {
  // zod bounds every integer by what a double holds exactly: nobody's rule here, and readers take the bound for an example.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // The format says it, and generators have their own types for it, which no pattern fits.
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  delete jsonSchema.propertyNames; // names are always strings
  if (jsonSchema.$ref === undefined) {
    // zod drops both where a value is transformed.
    const { examples, default: byDefault } = z.globalRegistry.get(zodSchema) ?? {};
    if (Array.isArray(examples)) jsonSchema.examples = examples;
    if (byDefault !== undefined) jsonSchema.default = byDefault as typeof jsonSchema.default;
  }
  mergeNull(jsonSchema);
};

/** `anyOf: [{type: 'object', …}, {type: 'null'}]` to `type: ['object', 'null'], …`: an anyOf becomes a class of its own in Go. */
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
