/** How the server writes ids and times. */
import * as z from 'zod';

export const uuid = z.uuid().meta({ examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'] });

/** Of a client, as answers have it. */
export const clientName = z.string().meta({ examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'] });

export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'ISO-8601, UTC, with milliseconds.', examples: ['2024-01-01T00:00:00.000Z'] });
