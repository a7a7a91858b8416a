/** OpenAPI descriptions of headers that several calls share. */
import { MAX_IDEMPOTENCY_KEY_LENGTH, MAX_WAIT_SECONDS } from './limits';

/** Parameter of every POST. */
export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes the call safe to retry: a repeat within 24 hours with the same key, path and body gets the first answer again and does nothing else. Use a random key, such as a UUID, for each new call. Answers 429 and 5xx are not stored.',
  schema: {
    type: 'string',
    minLength: 1,
    maxLength: MAX_IDEMPOTENCY_KEY_LENGTH,
    pattern: '^[!-~]+$',
    examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
  },
} as const;

/** In responses to every POST. */
export const IDEMPOTENCY_REPLAYED = {
  description: '`true` if this is a replay of the first answer; otherwise omitted.',
  schema: { type: 'string', examples: ['true'] },
} as const;

/** Parameter of calls that can wait. */
export const PREFER = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description: `\`wait=N\` waits up to N seconds, ${MAX_WAIT_SECONDS} at most, for the client's acknowledgement of a message or its answer to a call (RFC 7240).`,
  schema: { type: 'string', examples: ['wait=10'] },
} as const;

export const PREFERENCE_APPLIED = {
  description: 'The applied wait, such as `wait=10`; omitted if the call did not wait.',
  schema: { type: 'string', examples: ['wait=10'] },
} as const;

/** In responses to calls that are still pending. */
export const LOCATION = {
  description: 'Path of the call if the caller waited; otherwise omitted.',
  schema: { type: 'string', examples: ['/calls/0mk1f3k2a9f3c-57-MGI5ZjdjOWU'] },
} as const;
