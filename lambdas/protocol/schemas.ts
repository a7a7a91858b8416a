/**
 * Building blocks for client and caller input. Uses zod/mini, whose functions tree-shake better than zod's methods: bundles that use
 * these contain less of zod and start sooner.
 */
import * as z from 'zod/mini';
import { textOfIssue } from './issue-text';
import { isJsonObject, isWholeNumber, type JsonObject } from './json';
import { MAX_MESSAGE_ID_LENGTH, MAX_NAME_LENGTH } from './limits';

z.config({ customError: textOfIssue });

/** Explicit, because generators treat an object without properties as always empty. */
const OF_ANY_CONTENT = { type: 'object', additionalProperties: true, description: 'A JSON object of any content.' };

/**
 * A JSON object with any content, passed through unchanged: zod's own record would copy it and drop a `__proto__` key. A gateway does not
 * touch what its clients say to each other.
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

/** A `message_id` from a client: a whole number is converted to text. */
export const givenMessageId = z
  .union(
    [messageId, z.custom<number>(isWholeNumber).register(z.globalRegistry, { type: 'integer' })],
    `Invalid input: expected a text of 1 to ${MAX_MESSAGE_ID_LENGTH} characters, or a whole number`,
  )
  .register(z.globalRegistry, { description: "The sender's own id for a message. A number is taken as its text." });

/** Name of a message type, a tool or a role. */
export const shortName = z.string().check(z.minLength(1), z.maxLength(MAX_NAME_LENGTH));
