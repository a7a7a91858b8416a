/** Every setting of the local server: its name in the environment, what it may be, and what it is where nobody says. */
import * as z from 'zod';
import { HISTORY_TTL_SECONDS, MAX_MESSAGE_BYTES } from '../lambdas/protocol/limits';
import { PLATFORM_LIMITS } from './gateway/websocket-api';
import { LOG_LEVELS } from './terminal-log';

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value <= 65_535);

const count = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);

interface Setting {
  schema: z.ZodType;
  default: string;
  /** Ends the sentence "NAME must be …". */
  allowed: string;
}

/** The README's table lists the same names and defaults; a test holds the two together. */
export const SETTINGS = {
  WS_HOST: { schema: z.string().min(1), default: '0.0.0.0', allowed: 'a host name or address of this machine' },
  WS_PORT: { schema: port, default: '9004', allowed: 'a port from 0 to 65535 (0 takes any free one)' },
  API_PORT: { schema: port, default: '9005', allowed: 'a port from 0 to 65535 (0 takes any free one)' },
  CORS_ORIGINS: {
    schema: z
      .string()
      .regex(/^(\*|https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*)$/)
      .transform((text) => text.split(',')),
    default: '*',
    allowed: '* or origins such as https://app.example.com, separated by commas',
  },
  AUTH: { schema: z.enum(['none', 'token']), default: 'none', allowed: 'none or token' },
  KEYS_FILE: { schema: z.string().min(1), default: '.keys.json', allowed: 'the path of a file' },
  HISTORY_SECONDS: { schema: count, default: String(HISTORY_TTL_SECONDS), allowed: 'a number of seconds, 1 or more' },
  HISTORY_PER_CLIENT: { schema: count, default: '1000', allowed: 'a number of messages, 1 or more' },
  HISTORY_TOTAL_BYTES: { schema: count, default: '67108864', allowed: 'a number of bytes, 1 or more' },
  MAX_UNSENT_BYTES: {
    schema: count,
    default: String(PLATFORM_LIMITS.unsentBytes),
    allowed: 'a number of bytes, 1 or more',
  },
  IDLE_SECONDS: {
    schema: count,
    default: String(PLATFORM_LIMITS.idleSeconds),
    allowed: 'a number of seconds, 1 or more',
  },
  MAX_FRAME_BYTES: { schema: count, default: String(MAX_MESSAGE_BYTES), allowed: 'a number of bytes, 1 or more' },
  COLD_START_MS: {
    schema: z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number),
    default: '0',
    allowed: 'a number of milliseconds (0 runs all events at once, with no cold starts)',
  },
  THROTTLE: { schema: z.enum(['on', 'off']), default: 'off', allowed: 'on or off' },
  DYNAMODB_ENDPOINT: {
    schema: z.string().regex(/^(https?:\/\/[^\s/]+\/?)?$/),
    default: '',
    allowed: 'a URL such as http://localhost:8000, or nothing for the one inside this process',
  },
  LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS),
    default: 'info',
    allowed: 'debug, info, error or silent',
  },
} as const satisfies Record<string, Setting>;

type Name = keyof typeof SETTINGS;

export type Settings = { readonly [Key in Name]: z.output<(typeof SETTINGS)[Key]['schema']> };

/** A setting that is not valid: its message is one sentence that names it, its value, and what is allowed. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * @param environment  as `process.env`; names that are no settings are not looked at
 * @throws SettingError for the first that is not valid
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const entries = Object.entries(SETTINGS).map(([name, setting]: [string, Setting]) => {
    const value = environment[name] ?? setting.default;
    const parsed = setting.schema.safeParse(value);
    if (!parsed.success) throw new SettingError(`${name} is "${value}", but must be ${setting.allowed}.`);
    return [name, parsed.data];
  });
  return Object.fromEntries(entries) as Settings;
}
