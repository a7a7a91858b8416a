/** Reads keys from JSON and validates them. */
import { type Keys, KeysError } from '../ports/key-source';
import { isJsonObject, type JsonObject } from '../protocol/json';

/** Characters of a key. For HS256 it must be at least as long as the hash, 32 bytes (RFC 7518, section 3.2). */
const MIN_KEY_LENGTH = 32;

/**
 * @param text   JSON, `{"current": "…", "previous": "…"}`
 * @param where  for the error message
 * @throws KeysError
 */
export function keysFromJson(text: string, where: string): Keys {
  return keysFrom(objectFromJson(text, where), where);
}

/**
 * @throws KeysError  without the parser's message, which quotes the text
 */
export function objectFromJson(text: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeysError(`${where} is not JSON`);
  }
  if (!isJsonObject(value)) throw new KeysError(`${where} is not a JSON object`);
  return value;
}

/** @throws KeysError */
export function keysFrom(value: unknown, where: string): Keys {
  if (!isJsonObject(value)) throw new KeysError(`${where} is not an object with a current key`);
  const { current, previous } = value;
  if (!isKey(current)) throw new KeysError(`${where}: current is not a text of at least ${MIN_KEY_LENGTH} characters`);
  if (previous === undefined) return { current };
  if (!isKey(previous))
    throw new KeysError(`${where}: previous is not a text of at least ${MIN_KEY_LENGTH} characters`);
  return { current, previous };
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && value.length >= MIN_KEY_LENGTH;
}
