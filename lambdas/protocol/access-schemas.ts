/** Schemas of the HTTP calls that manage access: keys, revocations, the audit. */
import * as z from 'zod';
import { timestamp } from './formats';
import { count, givenName, labels, pageQuery } from './http-schemas';
import {
  DEFAULT_HISTORY_PAGE_SIZE,
  MAX_CALL_RATE,
  MAX_KEY_NAME_LENGTH,
  MAX_KEY_TTL_SECONDS,
  MAX_OVERLAP_SECONDS,
} from './limits';
import { isLabel } from './names';
import { FIRST_KEY, SCOPES } from './scopes';

const KEY_NAME = new RegExp(`^[a-z0-9][a-z0-9-]{0,${MAX_KEY_NAME_LENGTH - 1}}$`);

const scope = z.enum(SCOPES).meta({ id: 'KeyScope', examples: ['read'] });

const keyFields = {
  name: z.string().meta({ examples: ['acme-backend'] }),
  scopes: z
    .array(scope)
    .meta({ description: '`read` reads, `push` sends to clients, `tokens` issues tokens, `admin` does everything.' }),
  labels: z.array(z.string()).meta({
    description:
      'If not empty: labels of each token that the key issues. The key can only see and reach clients with the same first label.',
    examples: [['acme']],
  }),
  rate: z
    .number()
    .optional()
    .meta({ description: 'Calls per second.', examples: [10] }),
  created_at: timestamp,
  ends_at: timestamp.optional(),
  previous_until: timestamp.optional().meta({ description: 'Until when the previous text stays valid.' }),
  last_used_at: timestamp.optional().meta({ description: 'Rounded to the minute.' }),
};

export const apiKey = z.object(keyFields).meta({ id: 'ApiKey', description: 'A key of the HTTP API.' });

export const madeKey = z
  .object({
    ...keyFields,
    key: z.string().meta({
      description: 'For the header `Authorization: Bearer`. Shown only once.',
      examples: ['acme-backend.J8sXb0Zc4o2m6nq7tYv1wA3eD5fG9hK0lPzR8uTxQyM'],
    }),
  })
  .meta({ id: 'MadeKey' });

export const keyRequest = z
  .object({
    name: z
      .string()
      .regex(KEY_NAME, 'Invalid input: expected 1 to 40 of a-z 0-9 -, not starting with -')
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
        "Invalid input: expected no colon in the first label, because it is the prefix of the owner's group names, followed by a colon",
      )
      .nullish()
      .meta({
        description:
          'Binds the key to the clients of one owner, named by the first label, which must not contain a colon. Not with the scope `admin`.',
        examples: [['acme']],
      }),
    rate: z
      .number()
      .min(1)
      .max(MAX_CALL_RATE)
      .nullish()
      .meta({
        description: 'Calls per second, for each function of the server; no limit if omitted.',
        examples: [10],
      }),
    ttl_seconds: z
      .int()
      .min(60)
      .max(MAX_KEY_TTL_SECONDS)
      .nullish()
      .meta({
        description: 'Lifetime in seconds; if omitted, until it is deleted.',
        examples: [2_592_000],
      }),
  })
  .refine(({ scopes, labels: given }) => !(scopes.includes('admin') && given?.length), {
    path: ['labels'],
    message: 'Invalid input: a key with the scope admin cannot be bound to labels; omit labels',
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
      .meta({ description: 'How long the previous text stays valid, in seconds; default 3600.', examples: [3_600] }),
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
    revoked_at: timestamp.meta({ description: 'Tokens issued until this time are refused.' }),
    until: timestamp.meta({ description: 'All of those tokens have expired by this time.' }),
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
      .meta({ description: 'Tokens issued by the key with this name.' }),
  })
  .refine(({ client_id, label, key }) => [client_id, label, key].filter((one) => one != null).length === 1, {
    path: ['client_id'],
    message: 'Invalid input: expected exactly one of client_id, label and key',
  })
  .meta({ id: 'RevocationRequest', examples: [{ label: 'acme' }] });

export const auditQuery = pageQuery(DEFAULT_HISTORY_PAGE_SIZE).extend({
  key: z
    .string()
    .optional()
    .meta({ description: 'Only calls of the key with this name.', examples: ['acme-backend'] }),
});

export const auditedCall = z
  .object({
    at: timestamp,
    key: z.string().meta({ description: 'The name of the key.', examples: ['acme-backend'] }),
    call: z.string().meta({ examples: ['POST /tokens'] }),
    status: z.int().meta({ examples: [200] }),
    replayed: z.literal(true).optional().meta({
      description: 'Repeated with its `Idempotency-Key`: it got the first answer again, and changed nothing.',
    }),
    client_id: z
      .string()
      .optional()
      .meta({ examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'] }),
    target: z
      .string()
      .optional()
      .meta({
        description: 'The key, label, call, group or event receiver that the call was about.',
        examples: ['acme-backend'],
      }),
    clients: count.optional().meta({ description: 'Of a call to several clients: how many.', examples: [2] }),
    client_ids: z
      .array(z.string())
      .optional()
      .meta({
        description: 'The first 20 of them.',
        examples: [['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11']],
      }),
    call_id: z.string().optional().meta({ description: 'The tool call that was started.' }),
    broadcast_id: z.string().optional().meta({ description: 'The broadcast that was started.' }),
  })
  .meta({ id: 'AuditedCall' });
