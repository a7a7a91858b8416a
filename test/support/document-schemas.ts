/** The official schemas of OpenAPI 3.1 and AsyncAPI 3.0, and a check of a document's references. */
import { readFileSync } from 'node:fs';
import asyncApi from '@asyncapi/specs';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

/** The errors in a document, one per line; empty if it is valid. */
export type Check = (document: unknown) => string[];

export function createOpenApiCheck(): Check {
  const file = require.resolve('@seriousme/openapi-schema-validator/schemas/v3.1/schema.json');
  const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addFormat('media-range', true); // not part of ajv-formats
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
  return (document) => (validate(document) ? [] : ajv.errorsText(validate.errors, { separator: '\n' }).split('\n'));
}

export function createAsyncApiCheck(): Check {
  const schema = structuredClone(asyncApi.schemas['3.0.0']) as { definitions: Record<string, unknown> };
  delete schema.definitions['http://json-schema.org/draft-07/schema']; // ajv includes its own
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
  const validate = ajv.compile(schema);
  return (document) => (validate(document) ? [] : ajv.errorsText(validate.errors, { separator: '\n' }).split('\n'));
}

/** Validates each JSON Schema against the meta-schema of draft 2020-12. */
export function createJsonSchemaCheck(): Check {
  const ajv = new Ajv2020();
  return (schema) => (ajv.validateSchema(schema as object) ? [] : ajv.errorsText().split(', '));
}

/** Every `$ref` of a document that is dangling or circular. */
export function danglingReferences(document: unknown): string[] {
  return referencesIn(document).filter((reference) => target(document, reference) === undefined);
}

export function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  );
}

/** Resolves a local reference such as `#/components/schemas/Client`, following further references to the end. */
export function target(document: unknown, reference: string, passed: readonly string[] = []): unknown {
  if (!reference.startsWith('#/') || passed.includes(reference)) return undefined;
  const path = reference.slice(2).split('/');
  const keys = path.map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'));
  const found = keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
  const next = (found as { $ref?: unknown } | undefined)?.$ref;
  return typeof next === 'string' ? target(document, next, [...passed, reference]) : found;
}
