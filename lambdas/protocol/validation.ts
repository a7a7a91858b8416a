/** Turns zod's issues into the `details` of the wire: a dotted path and a sentence that says what is allowed. */
import type * as z from 'zod';
import type { ErrorDetail } from './errors';
import { ExactNumber } from './json';

/** What zod calls a number that a double cannot hold: by its class, which a bundler may have renamed. */
const EXACT_NUMBER = new RegExp(`\\b${ExactNumber.name}$`);

/**
 * @param issues  what zod found
 * @param root    the name of the whole value, for an issue that has no path of its own: `message`, `body`
 */
export function detailsFromIssues(issues: readonly z.core.$ZodIssue[], root: string): ErrorDetail[] {
  return issues.map((issue) => ({
    path: issue.path.length === 0 ? root : issue.path.map(String).join('.'),
    message: issue.message.replace(EXACT_NUMBER, 'a number that a double cannot hold'),
  }));
}

/** "data.content: Invalid input: expected string, received number", the first of the details as a sentence. */
export function summaryOfDetails(details: readonly ErrorDetail[]): string {
  const [first] = details;
  if (!first) return 'not valid';
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  return `${first.path}: ${first.message}${more}`;
}
