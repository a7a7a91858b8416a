/** Names of clients and groups, and the labels of clients. */
import { MAX_LABEL_LENGTH, MAX_NAME_LENGTH } from './limits';

/** Excludes `.` and `..`, which cannot be part of a URL path. */
const NAME = new RegExp(`^(?!\\.{1,2}$)[A-Za-z0-9._:-]{1,${MAX_NAME_LENGTH}}$`);

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Excludes commas, which join several labels into one text. */
const LABEL = new RegExp(`^[^\\p{C},]{1,${MAX_LABEL_LENGTH}}$`, 'u');

/** True for a valid name of a client or group. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

/** True for a group name, or a prefix that ends with `*`. */
export function isGroupPattern(value: unknown): value is string {
  return (
    isName(value) ||
    (typeof value === 'string' && (value === '*' || (value.endsWith('*') && isName(value.slice(0, -1)))))
  );
}

/** True if a pattern is the name of the group, or a prefix of it followed by `*`. */
export function matchesGroup(patterns: readonly string[], group: string): boolean {
  return patterns.some((one) => (one.endsWith('*') ? group.startsWith(one.slice(0, -1)) : group === one));
}

export function isLabel(value: unknown): value is string {
  return typeof value === 'string' && LABEL.test(value);
}

/** UUIDs are case-insensitive; other names are not. */
export function canonicalName(name: string): string {
  return UUID.test(name) ? name.toLowerCase() : name;
}
