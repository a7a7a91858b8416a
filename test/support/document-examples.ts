/** What client generators need from a description: a name for each type, and valid examples. */
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

interface Described {
  components: { schemas: object };
  paths?: object;
}

/** Places where a generator would have to invent a name: an object or an enumeration inside another schema. */
export function unnamedIn(document: Described): string[] {
  const { schemas, ...components } = document.components;
  const inSchemas = Object.entries(schemas).flatMap(([name, schema]) => unnamedInside(schema, `/schemas/${name}`));
  return [...inSchemas, ...unnamedInside({ ...document, components }, '')];
}

function unnamedInside(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'examples' || key === 'example') return [];
    const { type, properties, enum: values } = (inner ?? {}) as Record<string, unknown>;
    const isUnnamed = typeof type === 'string' && (properties !== undefined || values !== undefined);
    return isUnnamed ? [`${path}/${key}`] : unnamedInside(inner, `${path}/${key}`);
  });
}

/** Each object, and each JSON body of a call, without an example or with an invalid one. */
export function exampleFaults(document: Described): string[] {
  const ajv = addFormats(new Ajv2020({ strict: false }));
  ajv.addSchema({ $id: 'document', ...document });
  const faultsOf = (reference: string, examples: unknown): string[] => {
    if (!Array.isArray(examples)) return [`${reference} has no example`];
    return examples.flatMap((example) =>
      ajv.validate(`document${reference}`, example) ? [] : [`${reference}: ${ajv.errorsText()}`],
    );
  };
  const objects = Object.entries<Record<string, unknown>>({ ...document.components.schemas })
    .filter(([, { properties }]) => properties !== undefined)
    .flatMap(([name, { examples }]) => faultsOf(`#/components/schemas/${name}`, examples));
  const bodies = jsonBodiesIn(document.paths).flatMap(({ schema, example }) =>
    faultsOf(schema.$ref, example === undefined ? undefined : [example]),
  );
  return [...objects, ...bodies];
}

function jsonBodiesIn(value: unknown): { schema: { $ref: string }; example?: unknown }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === 'application/json' ? [inner] : jsonBodiesIn(inner)));
}
