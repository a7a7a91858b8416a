/** `WEBHOOKS`: a JSON file of receivers by name, each with its URL, secret, and filters. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { EVENT_TYPES, type EventType } from '../../lambdas/protocol/event-types';
import { SettingError } from '../settings';

/** Base64 of 24 to 64 bytes, as Standard Webhooks requires. */
const secret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'expected whsec_ and base64')
  .refine((text) => [24, 64].every((bound, index) => (index === 0 ? bytesOf(text) >= bound : bytesOf(text) <= bound)), {
    message: 'expected 24 to 64 bytes in base64',
  });

function hasCredentials(url: string): boolean {
  const { username, password } = new URL(url);
  return `${username}${password}` !== '';
}

function bytesOf(text: string): number {
  return Buffer.from(text.slice('whsec_'.length), 'base64').length;
}

const receiver = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, message: 'expected a URL that begins with https:// or http://', abort: true })
    .refine((text) => !hasCredentials(text), 'expected a URL without a user name or password, which fetch refuses'),
  /** Several during a rotation: each signs. */
  secret: z.union([secret.transform((one) => [one]), z.array(secret).min(1).max(3)], {
    error: 'expected whsec_ and 24 to 64 bytes in base64, or a list of up to three',
  }),
  types: z
    .array(z.enum(EVENT_TYPES))
    .min(1)
    .default([...EVENT_TYPES]),
  labels: z.array(z.string().min(1)).min(1).optional(),
  /** Concurrent requests. */
  concurrency: z.int().min(1).max(256).default(8),
  timeout_seconds: z.int().min(1).max(120).default(15),
});

const receivers = z.record(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/), receiver);

export interface Receiver {
  name: string;
  url: string;
  secrets: readonly string[];
  types: ReadonlySet<EventType>;
  labels: ReadonlySet<string> | undefined;
  concurrency: number;
  /** Milliseconds. */
  timeout: number;
}

/** @returns none without a file. @throws SettingError, which quotes only names from the file */
export async function readReceivers(path: string): Promise<Receiver[]> {
  if (path === '') return [];
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new SettingError(`WEBHOOKS is "${path}", which cannot be read (${error.code}).`);
  });
  const parsed = receivers.safeParse(jsonOf(text, path));
  if (parsed.success) return Object.entries(parsed.data).map(receiverOf);
  const [issue] = parsed.error.issues;
  throw new SettingError(
    `WEBHOOKS: ${path} is not valid at ${issue?.path.join('.') || 'its root'}: ${issue?.message}.`,
  );
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SettingError(`WEBHOOKS: ${path} is not JSON.`);
  }
}

function receiverOf([name, parsed]: [string, z.output<typeof receiver>]): Receiver {
  const { url, secret: secrets, types, labels, concurrency, timeout_seconds } = parsed;
  return {
    name,
    url,
    secrets,
    types: new Set(types),
    labels: labels && new Set(labels),
    concurrency,
    timeout: timeout_seconds * 1_000,
  };
}

/** Whether an event passes the filters of a receiver. */
export function wants(
  { types, labels }: Pick<Receiver, 'types' | 'labels'>,
  type: EventType,
  ofClient: readonly string[] = [],
): boolean {
  return types.has(type) && (labels === undefined || ofClient.some((label) => labels.has(label)));
}
