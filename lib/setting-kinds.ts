/** Kinds of setting values, as schemas that parse their text. */
import * as z from 'zod';
import { isGroupPattern } from '../lambdas/protocol/names';
import { type FunctionName, functionNames } from '../lambdas/routes';

/** The retention periods that CloudWatch Logs supports, in days. */
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const count = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

export const countOrNothing = z
  .string()
  .regex(/^([1-9]\d{0,8})?$/)
  .transform((text) => (text === '' ? undefined : Number(text)));

export const yesOrNo = z.enum(['yes', 'no']).transform((answer) => answer === 'yes');

/** A text that matches, or nothing. */
export function optional(form: RegExp) {
  return z
    .string()
    .refine((text) => text === '' || form.test(text))
    .transform((text) => (text === '' ? undefined : text));
}

/** `name=value` pairs, separated by commas, as an object. */
export function pairs(pair: RegExp) {
  return z
    .string()
    .refine((text) => text === '' || text.split(',').every((one) => pair.test(one)))
    .transform((text): Record<string, string> => {
      const given = text === '' ? [] : text.split(',');
      return Object.fromEntries(given.map((one) => one.split(/=(.*)/s, 2)));
    });
}

/** Texts that match, separated by commas. */
export function list(form: RegExp) {
  return z
    .string()
    .transform((text) => (text === '' ? [] : text.split(',')))
    .refine((all) => all.every((one) => form.test(one)));
}

/** Names of groups, or prefixes that end with `*`, separated by commas. */
export const groupPatterns = z
  .string()
  .transform((text) => (text === '' ? [] : text.split(',')))
  .refine((all) => all.every(isGroupPattern));

/** The ARN of a secret, or its name. A name needs a slash, so that a secret pasted here by mistake is refused. */
export const SECRET = 'arn:[a-z-]+:secretsmanager:[^,\\s]+|[\\w+=.@-]+/[\\w/+=.@-]{1,256}';

/** Functions by name without the stack's prefix: `websocket-message`. */
export const FUNCTIONS = new Map(functionNames.map((name) => [name.replace('/', '-'), name]));

export function byFunction(given: Record<string, string>): ReadonlyMap<FunctionName, number> {
  return new Map(Object.entries(given).map(([name, most]) => [FUNCTIONS.get(name) as FunctionName, Number(most)]));
}

export const tableName = optional(/^[A-Za-z0-9_.-]{3,255}$/);

export const domain = optional(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/);

/** `*`, or origins of web pages. */
export const origins = z
  .string()
  .regex(/^(\*|https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*)$/)
  .transform((text) => text.split(','));
