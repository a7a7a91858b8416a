/** The keys of access control, and where they come from: the interface that every source fulfils. */
import { isJsonObject, type JsonObject } from '../protocol/json';

/**
 * One key that can be changed without cutting anybody off. `previous` is there only while a rotation is under way: what
 * was made with it is still good, and nothing new is made with it.
 */
export interface Keys {
  current: string;
  previous?: string;
}

/** Asked each time, so that a rotation is noticed without a restart. */
export interface KeySource {
  /** The keys; they may have been read a while ago. @throws KeysError */
  get(): Promise<Keys>;

  /** The keys as they are now, for a credential that fits none that `get` gave: it may be newer than those. @throws KeysError */
  refresh(): Promise<Keys>;
}

/** Characters of a key: HS256 wants one that is no shorter than its hash of 32 bytes (RFC 7518, section 3.2). */
const MIN_KEY_LENGTH = 32;

/** Keys that can't be used. Says where and why, and nothing of what is there. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}

/**
 * @param text   JSON, `{"current": "…", "previous": "…"}`
 * @param where  for the error
 * @throws KeysError
 */
export function keysFromJson(text: string, where: string): Keys {
  return keysFrom(objectFromJson(text, where), where);
}

/** @throws KeysError  without the parser's own words, which quote the text */
export function objectFromJson(text: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeysError(`${where} is not JSON`);
  }
  if (!isJsonObject(value)) throw new KeysError(`${where} is no JSON object`);
  return value;
}

/** @throws KeysError */
export function keysFrom(value: unknown, where: string): Keys {
  if (!isJsonObject(value)) throw new KeysError(`${where} is no object with a current key`);
  const { current, previous } = value;
  if (!isKey(current)) throw new KeysError(`${where}: current is no text of ${MIN_KEY_LENGTH} characters or more`);
  if (previous === undefined) return { current };
  if (!isKey(previous)) throw new KeysError(`${where}: previous is no text of ${MIN_KEY_LENGTH} characters or more`);
  return { current, previous };
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && value.length >= MIN_KEY_LENGTH;
}
