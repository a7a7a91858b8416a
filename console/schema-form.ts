/** Converts a tool's JSON Schema to form fields, and their input to parameters. Pure: uses no browser API. */
import { isJsonObject, type JsonObject, stringifyJson } from '../lambdas/protocol/json';

export interface Field {
  name: string;
  /** `json`: for values that no simple input fits. */
  kind: 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'json';
  description: string;
  isRequired: boolean;
  /** JSON texts, for a choice. */
  choices: readonly string[];
  /** In the form that the input shows. */
  initial: string;
}

/** Invalid input. */
export class FormError extends Error {
  override readonly name = 'FormError';

  constructor(
    readonly key: 'bad_json' | 'bad_object' | 'bad_number' | 'bad_integer' | 'is_missing',
    readonly field: string,
  ) {
    super(`${field}: ${key}`);
  }
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?(0|[1-9]\d*)$/;

/** @returns undefined for a schema that is not a list of properties: then the parameters are entered as JSON */
export function fieldsOf(schema: unknown): Field[] | undefined {
  if (!isJsonObject(schema) || (schema.type !== undefined && schema.type !== 'object')) return undefined;
  const { properties = {}, required } = schema;
  if (!isJsonObject(properties) || ['$ref', 'oneOf', 'anyOf', 'allOf'].some((word) => schema[word] !== undefined)) {
    return undefined;
  }
  const names = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, property]) =>
    fieldOf(name, isJsonObject(property) ? property : {}, names.includes(name)),
  );
}

function fieldOf(name: string, property: JsonObject, isRequired: boolean): Field {
  const kind = kindOf(property);
  const { description, default: value } = property;
  return {
    name,
    kind,
    description: typeof description === 'string' ? description : '',
    isRequired,
    choices: kind === 'choice' ? (property.enum as unknown[]).map((choice) => stringifyJson(choice)) : [],
    initial: initialOf(kind, value),
  };
}

function kindOf({ type, enum: choices }: JsonObject): Field['kind'] {
  if (Array.isArray(choices) && choices.length > 0) return 'choice';
  if (type === 'string') return 'text';
  if (type === 'number' || type === 'integer' || type === 'boolean') return type;
  return 'json';
}

function initialOf(kind: Field['kind'], value: unknown): string {
  if (value === undefined) return kind === 'boolean' ? 'false' : '';
  return kind === 'text' && typeof value === 'string' ? value : stringifyJson(value);
}

/** The JSON text of one field; undefined if it is empty. @throws FormError */
function jsonOf({ name, kind, isRequired }: Field, value: string): string | undefined {
  if (value === '') {
    if (isRequired) throw new FormError('is_missing', name);
    return undefined;
  }
  if (kind === 'text') return JSON.stringify(value);
  const text = value.trim();
  if (kind === 'number' && !NUMBER.test(text)) throw new FormError('bad_number', name);
  if (kind === 'integer' && !INTEGER.test(text)) throw new FormError('bad_integer', name);
  if (kind === 'json' && !isJson(text)) throw new FormError('bad_json', name);
  return text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Input by field name. A Map, because a client can name a property `constructor`. */
export type FieldValues = ReadonlyMap<string, string>;

/** JSON text, and not an object: digits stay as they were typed. @throws FormError */
export function paramsFrom(fields: readonly Field[], values: FieldValues): string {
  const members = fields.flatMap((field) => {
    const json = jsonOf(field, values.get(field.name) ?? field.initial);
    return json === undefined ? [] : [`${JSON.stringify(field.name)}:${json}`];
  });
  return `{${members.join(',')}}`;
}

/** JSON typed by people; an empty text is an empty object. @param name  for the error @throws FormError */
export function objectFrom(text: string, name: string): string {
  if (text.trim() === '') return '{}';
  if (!isJson(text)) throw new FormError('bad_json', name);
  if (!isJsonObject(JSON.parse(text))) throw new FormError('bad_object', name);
  return text;
}
