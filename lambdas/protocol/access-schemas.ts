/** Schemas of the HTTP calls that manage access: keys, revocations, the audit. */
import * as z from 'zod';
import { timestamp } from './formats';
import { givenName, labels } from './http-schemas';
import { MAX_CALL_RATE, MAX_KEY_NAME_LENGTH, MAX_KEY_TTL_SECONDS, MAX_OVERLAP_SECONDS } from './limits';
import { isLabel } from './names';
import { FIRST_KEY, SCOPES } from './scopes';

const KEY_NAME = new RegExp(`^[a-z0-9][a-z0-9-]{0,${MAX_KEY_NAME_LENGTH - 1}}$`);

const scope = z.enum(SCOPES).meta({ id: 'KeyScope', examples: ['read'] });

const keyFields = {
  name: z.string().meta({ examples: ['acme-backend'] }),
  scopes: z
    .array(scope)
    .meta({ description: '`read` reads, `push` reaches clients, `tokens` issues tokens, `admin` does all.' }),
  labels: z.array(z.string()).meta({
    description:
      'Where there are any: the labels of each token that it issues. It sees and reaches only clients whose first label is its first.',
    examples: [['acme']],
  }),
  rate: z
    .number()
    .optional()
    .meta({ description: 'Calls a second.', examples: [10] }),
  created_at: timestamp,
  ends_at: timestamp.optional(),
  previous_until: timestamp.optional().meta({ description: 'The text before a rotation is good until then.' }),
  last_used_at: timestamp.optional().meta({ description: 'To the minute.' }),
};

export const apiKey = z.object(keyFields).meta({ id: 'ApiKey', description: 'A key of the HTTP API.' });

export const madeKey = z
  .object({
    ...keyFields,
    key: z.string().meta({
      description: 'What callers send as `Authorization: Bearer`. Shown this once.',
      examples: ['acme-backend.J8sXb0Zc4o2m6nq7tYv1wA3eD5fG9hK0lPzR8uTxQyM'],
    }),
  })
  .meta({ id: 'MadeKey' });

export const keyRequest = z
  .object({
    name: z
      .string()
      .regex(KEY_NAME, 'Invalid input: expected 1 to 40 of a-z 0-9 -, not beginning with -')
      .refine(
        (name) => name !== FIRST_KEY,
        `Invalid input: "${FIRST_KEY}" is the name of the key in the server's settings`,
      )
      .meta({ examples: ['acme-backend'] }),
    scopes: z
      .array(scope)
      .min(1)
      .transform((given) => [...new Set(given)])
      .meta({ examples: [['read', 'push', 'tokens']] }),
    labels: labels
      .refine(
        ([owner]) => !owner?.includes(':'),
        'Invalid input: expected no colon in the first label, because groups of its owner begin with it and a colon',
      )
      .nullish()
      .meta({
        description:
          'Binds the key to the clients of one owner, whom the first label names: it has no colon. Not with the scope `admin`.',
        examples: [['acme']],
      }),
    rate: z
      .number()
      .min(1)
      .max(MAX_CALL_RATE)
      .nullish()
      .meta({
        description: 'Calls a second, for each function of the server; no limit where left out.',
        examples: [10],
      }),
    ttl_seconds: z
      .int()
      .min(60)
      .max(MAX_KEY_TTL_SECONDS)
      .nullish()
      .meta({
        description: 'How long it is good; until somebody ends it where left out.',
        examples: [2_592_000],
      }),
  })
  .refine(({ scopes, labels: given }) => !(scopes.includes('admin') && given?.length), {
    path: ['labels'],
    message: 'Invalid input: a key with the scope admin is bound to nobody; leave labels out',
  })
  .meta({ id: 'KeyRequest' });

export const rotationRequest = z
  .object({
    overlap_seconds: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .nullish()
      .transform((seconds) => seconds ?? 3_600)
      .meta({ description: 'How long the text before stays good; 3600 where left out.', examples: [3_600] }),
  })
  .meta({ id: 'RotationRequest' });

const revokedFields = {
  client_id: z
    .string()
    .optional()
    .meta({ examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'] }),
  label: z
    .string()
    .optional()
    .meta({ examples: ['acme'] }),
  key: z
    .string()
    .optional()
    .meta({ examples: ['acme-backend'] }),
};

export const revocation = z
  .object({
    ...revokedFields,
    revoked_at: timestamp.meta({ description: 'Tokens issued until then are refused.' }),
    until: timestamp.meta({ description: 'All of those tokens have ended by then.' }),
  })
  .meta({ id: 'Revocation' });

export const revocationRequest = z
  .object({
    client_id: givenName.nullish().meta({ description: 'Tokens of this client.' }),
    label: z
      .string()
      .refine(isLabel, 'Invalid input: expected a label')
      .nullish()
      .meta({ description: 'Tokens with this label.' }),
    key: z
      .string()
      .min(1)
      .max(MAX_KEY_NAME_LENGTH)
      .nullish()
      .meta({ description: 'Tokens issued by the key of this name.' }),
  })
  .refine(({ client_id, label, key }) => [client_id, label, key].filter((one) => one != null).length === 1, {
    path: ['client_id'],
    message: 'Invalid input: expected exactly one of client_id, label and key',
  })
  .meta({ id: 'RevocationRequest', examples: [{ label: 'acme' }] });

export const auditedCall = z
  .object({
    at: timestamp,
    key: z.string().meta({ description: 'The name of the key.', examples: ['acme-backend'] }),
    call: z.string().meta({ examples: ['POST /tokens'] }),
    status: z.int().meta({ examples: [200] }),
    client_id: z
      .string()
      .optional()
      .meta({ examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'] }),
    target: z
      .string()
      .optional()
      .meta({
        description: 'A key, label, call, group or receiver of events that it was about.',
        examples: ['acme-backend'],
      }),
  })
  .meta({ id: 'AuditedCall' });
