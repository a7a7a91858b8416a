/** Formats of ids and times in what the server sends. */
import * as z from 'zod';

export const uuid = z.uuid().meta({ examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'] });

/** A client's name in answers. */
export const clientName = z.string().meta({ examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'] });

export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'ISO-8601, UTC, with milliseconds.', examples: ['2024-01-01T00:00:00.000Z'] });
