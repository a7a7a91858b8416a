/** Builds an example for a JSON Schema from the examples of its parts. */

export interface JsonSchema {
  [keyword: string]: unknown;
}

/** Resolves a $ref; returns other schemas unchanged. */
type Resolve = (schema: JsonSchema) => JsonSchema;

/** Undefined if no valid example is known, for instance for a string with a pattern and no example of its own. */
export function exampleOf(reference: JsonSchema, resolve: Resolve): unknown {
  const schema = resolve(reference);
  const [given] = (schema.examples ?? []) as unknown[];
  if (given !== undefined) return given;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.properties !== undefined) return objectExample(schema, resolve);
  const [option] = (schema.anyOf ?? []) as JsonSchema[];
  if (option !== undefined) return exampleOf(option, resolve);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return EXAMPLES_BY_TYPE[type]?.(schema, resolve);
}

const EXAMPLES_BY_TYPE: Record<string, (schema: JsonSchema, resolve: Resolve) => unknown> = {
  array: ({ items }, resolve) => (items === undefined ? [] : [exampleOf(items as JsonSchema, resolve)]),
  boolean: () => true,
  integer: numberExample,
  number: numberExample,
  object: () => ({}),
  string: ({ format, pattern, minLength = 0, maxLength = TEXT.length }) => {
    const isFree = format === undefined && pattern === undefined;
    return isFree && Number(minLength) <= TEXT.length && Number(maxLength) >= TEXT.length ? TEXT : undefined;
  },
};

const TEXT = 'text';

function numberExample({ minimum = 0, maximum = Infinity, exclusiveMinimum, multipleOf }: JsonSchema) {
  const isBounded = exclusiveMinimum !== undefined || multipleOf !== undefined || Number(minimum) > Number(maximum);
  return isBounded ? undefined : minimum;
}

/** Contains all required fields, and optional fields that have an example. */
function objectExample({ properties, required = [] }: JsonSchema, resolve: Resolve): object | undefined {
  const fields = Object.entries(properties as Record<string, JsonSchema>)
    .filter(([name, schema]) => (required as string[]).includes(name) || resolve(schema).examples !== undefined)
    .map(([name, schema]) => [name, exampleOf(schema, resolve)] as const);
  return fields.some(([, example]) => example === undefined) ? undefined : Object.fromEntries(fields);
}
