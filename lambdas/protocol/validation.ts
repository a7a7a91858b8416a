/** Converts zod's issues to the `details` of the protocol: a dotted path and a sentence that says what is allowed. */
import type * as z from 'zod';
import type { ErrorDetail } from './errors';
import { ExactNumber } from './json';

/** zod names such a number by its class, which a bundler may have renamed. */
const EXACT_NUMBER = new RegExp(`\\b${ExactNumber.name}$`);

/**
 * @param issues  from zod
 * @param root    name of the whole value, for issues without a path: `message`, `body`
 */
export function detailsFromIssues(issues: readonly z.core.$ZodIssue[], root: string): ErrorDetail[] {
  return issues.map((issue) => ({
    path: issue.path.length === 0 ? root : issue.path.map(String).join('.'),
    message: issue.message.replace(EXACT_NUMBER, 'a number that a double cannot hold'),
  }));
}

/** The first detail as a sentence: "data.content: Invalid input: expected string, received number". */
export function summaryOfDetails(details: readonly ErrorDetail[]): string {
  const [first] = details;
  if (!first) return 'not valid';
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return `${first.path}: ${first.message}${more}`;
}
