/** Converts zod's issues to the `details` of the protocol: a dotted path and a sentence that says what is allowed. */
import * as z from 'zod/mini';
import type { ErrorDetail } from './errors';
import { ExactNumber, isJsonObject, type JsonObject } from './json';

/**
 * Validates parsed JSON. Some languages write 0.1 with more digits than a double has (`0.10000000000000001`). Where the schema wants a
 * number, such a number is rounded in `value` to the double that its sender meant.
 */
export function parseWith<Schema extends z.core.$ZodType>(schema: Schema, value: unknown) {
  const parsed = z.safeParse(schema, value);
  return parsed.success || !roundNumbers(value, parsed.error.issues) ? parsed : z.safeParse(schema, value);
}

/** @returns true if it has rounded one */
function roundNumbers(value: unknown, issues: readonly z.core.$ZodIssue[]): boolean {
  let isRounded = false;
  for (const issue of issues) {
    const { path } = issue;
    const parent = path.slice(0, -1).reduce<unknown>((part, name) => (part as JsonObject)?.[String(name)], value);
    const name = String(path.at(-1));
    const found = isJsonObject(parent) || Array.isArray(parent) ? (parent as JsonObject)[name] : undefined;
    if (issue.code === 'invalid_type' && isNumberType(issue.expected) && found instanceof ExactNumber) {
      (parent as JsonObject)[name] = found.valueOf();
      isRounded = true;
    }
    if (issue.code === 'invalid_union') {
      const branches = issue.errors.flat().map((inner) => ({ ...inner, path: [...path, ...inner.path] }));
      isRounded = roundNumbers(value, branches as z.core.$ZodIssue[]) || isRounded;
    }
  }
  return isRounded;
}

function isNumberType(expected: string): boolean {
  return expected === 'number' || expected === 'int';
}

/**
 * @param issues  from zod
 * @param root    name of the whole value, for issues without a path: `message`, `body`
 */
export function detailsFromIssues(issues: readonly z.core.$ZodIssue[], root: string): ErrorDetail[] {
  return issues.map((issue) => ({
    path: issue.path.length === 0 ? root : issue.path.map(String).join('.'),
    message: issue.message,
  }));
}

/** The first detail as a sentence: "data.content: Invalid input: expected string, received number". */
export function summaryOfDetails(details: readonly ErrorDetail[]): string {
  const [first] = details;
  if (!first) return 'not valid';
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return `${first.path}: ${first.message}${more}`;
}
