/**
 * Building blocks of what clients and callers send. Made with zod/mini, which has functions where zod has methods: what
 * loads these loads no more of zod than they use, and starts sooner.
 */
import { en } from 'zod/locales';
import * as z from 'zod/mini';
import { isJsonObject, isWholeNumber, type JsonObject } from './json';
import { MAX_MESSAGE_ID_LENGTH, MAX_NAME_LENGTH } from './limits';

z.config(en()); // the sentences of `details`: zod brings them along, zod/mini leaves the language open

/** Said aloud, because generators take an object without fields for one that never has any. */
const OF_ANY_CONTENT = { type: 'object', additionalProperties: true, description: 'A JSON object of any content.' };

/**
 * A JSON object of any content. Passed on untouched: zod's own record would copy it and drop a `__proto__` key,
 * and a gateway has no business in what its clients say to each other.
 */
export const jsonObject = z
  .custom<JsonObject>(isJsonObject, 'Invalid input: expected object')
  .register(z.globalRegistry, OF_ANY_CONTENT);

/** The same, or `[]`, which is how PHP writes an empty map. */
export const emptiableObject = z
  .pipe(
    z.custom<JsonObject | []>(
      (value) => isJsonObject(value) || (Array.isArray(value) && value.length === 0),
      'Invalid input: expected object',
    ),
    z.transform((value): JsonObject => (Array.isArray(value) ? {} : value)),
  )
  .register(z.globalRegistry, OF_ANY_CONTENT);

export const messageId = z
  .string()
  .check(z.minLength(1), z.maxLength(MAX_MESSAGE_ID_LENGTH))
  .register(z.globalRegistry, {
    description: "The sender's own id for a message.",
    examples: ['5f0c7a52-0c3e-4d4e-9c1a-2f2b1f9f7a10'],
  });

/** A client's: a whole number is taken as its text. */
export const givenMessageId = z
  .union(
    [messageId, z.custom<number>(isWholeNumber).register(z.globalRegistry, { type: 'integer' })],
    `Invalid input: expected a text of 1 to ${MAX_MESSAGE_ID_LENGTH} characters, or a whole number`,
  )
  .register(z.globalRegistry, { description: "The sender's own id for a message. A number is taken as its text." });

/** A name: of a message type, a tool, a role. */
export const shortName = z.string().check(z.minLength(1), z.maxLength(MAX_NAME_LENGTH));
