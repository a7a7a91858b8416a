/** What zod's issues are called in `details`: short sentences that say what is allowed, instead of zod's own. */
import type * as z from 'zod/mini';
import { ExactNumber } from './json';

type Issue = z.core.$ZodRawIssue;

/** In place of zod's names, which are JavaScript's. */
const NAMES: Readonly<Record<string, string>> = { int: 'whole number', record: 'object' };

const UNITS: Readonly<Record<string, string>> = { string: ' character', array: ' item' };

export function missing(expected: string): string {
  return `Missing: expected ${expected}`;
}

/** @returns e.g. `Invalid input: expected at least 1 character` */
export function textOfIssue(issue: Issue): string {
  if (issue.code === 'invalid_type') {
    const expected = NAMES[issue.expected] ?? issue.expected;
    return issue.input === undefined ? missing(expected) : invalid(`${expected}, received ${kindOf(issue.input)}`);
  }
  if (issue.code === 'invalid_value') return invalid(listed(issue.values.map((value) => JSON.stringify(value))));
  if (issue.code === 'too_small') return invalid(bound(issue, issue.minimum, ['at least', 'more than']));
  if (issue.code === 'too_big') return invalid(bound(issue, issue.maximum, ['at most', 'less than']));
  if (issue.code === 'not_multiple_of') return invalid(`a multiple of ${issue.divisor}`);
  if (issue.code === 'unrecognized_keys') return `Invalid input: unknown field ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_format') return invalid(`a valid ${issue.format}`);
  return 'Invalid input';
}

function invalid(expected: string): string {
  return `Invalid input: expected ${expected}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

interface Bound {
  origin: string;
  inclusive?: boolean;
  exact?: boolean;
}

function bound({ origin, inclusive, exact }: Bound, limit: number | bigint, words: [string, string]): string {
  const word = exact ? 'exactly' : words[inclusive ? 0 : 1];
  const unit = UNITS[origin] ?? '';
  return `${word} ${limit}${unit}${unit && Number(limit) !== 1 ? 's' : ''}`;
}

function kindOf(value: unknown): string {
  if (value instanceof ExactNumber) return 'a number that a double cannot hold';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
