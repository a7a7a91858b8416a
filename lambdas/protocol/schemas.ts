/** Building blocks of every schema on the wire. All types of the protocol are inferred from schemas like these. */
import * as z from 'zod';
import { isJsonObject, type JsonObject } from './json';
import { MAX_MESSAGE_ID_LENGTH, MAX_NAME_LENGTH } from './limits';

/**
 * A JSON object of any content. Passed on untouched: zod's own record would copy it and drop a `__proto__` key,
 * and a gateway has no business in what its clients say to each other.
 */
export const jsonObject = z
  .custom<JsonObject>(isJsonObject, 'Invalid input: expected object')
  .meta({ type: 'object', description: 'A JSON object of any content.' });

/** Any JSON value, as it came. */
export const jsonValue = z.unknown();

export const messageId = z
  .string()
  .min(1)
  .max(MAX_MESSAGE_ID_LENGTH)
  .meta({ description: "The sender's own id for a message.", examples: ['5f0c7a52-0c3e-4d4e-9c1a-2f2b1f9f7a10'] });

export const uuid = z.uuid().meta({ examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'] });

export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'ISO-8601, UTC, with milliseconds.', examples: ['2024-01-01T00:00:00.000Z'] });

/** A name that somebody chose: of a message type, a tool, a role. */
export const shortName = z.string().min(1).max(MAX_NAME_LENGTH);
