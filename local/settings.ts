/** The settings of the local server: each one's name in the environment, allowed values, and default. */
import * as z from 'zod';
import { OIDC_RULES, oidcFault } from '../lambdas/access/oidc-rules';
import { mcpServersSetting } from '../lambdas/mcp/mcp-servers';
import { KEY_SECRET } from '../lambdas/models/model-settings';
import { RESPONDER_RULES, responderFault, SIGNING_SECRET } from '../lambdas/models/responder-rules';
import type { AppSetting } from '../lambdas/ports/app';
import type { RateLimit } from '../lambdas/ports/rate-limit';
import { EVENT_TYPES } from '../lambdas/protocol/event-types';
import { HISTORY_TTL_SECONDS, LOCAL_HEARTBEAT_SECONDS, MAX_MESSAGE_BYTES } from '../lambdas/protocol/limits';
import { isGroupPattern } from '../lambdas/protocol/names';
import { DEFAULT_BOUNDS } from './gateway/bounds';
import { isProxyRange } from './gateway/client-address';
import { HTTP_LIMITS } from './gateway/http-limits';
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

const publicUrl = (protocols: readonly string[]) =>
  z.string().refine((text) => text === '' || isUrlOf(text, protocols));

function isUrlOf(text: string, protocols: readonly string[]): boolean {
  if (/[\s?#]/.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocols.includes(protocol) && `${username}${password}` === '';
}

interface Setting {
  schema: z.ZodType;
  default: string;
  /** Completes the sentence "NAME must be …". */
  allowed: string;
  /** The value can contain secrets, so errors do not quote it. */
  isSecret?: true;
}

/** The README's table lists the same names and defaults; a test compares the two. */
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
  ORIGINS: {
    schema: z
      .string()
      .regex(/^(\*|https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*)?$/)
      .transform((text) => text.split(',').filter((origin) => origin !== '')),
    default: '',
    allowed: '* or origins such as https://app.example.com, separated by commas, or nothing',
  },
  PUBLIC_WS_URL: {
    schema: publicUrl(['ws:', 'wss:']),
    default: '',
    allowed: 'a URL such as wss://gateway.example.com, or nothing',
  },
  PUBLIC_API_URL: {
    schema: publicUrl(['http:', 'https:']).transform((text) => text.replace(/\/$/, '')), // a path follows
    default: '',
    allowed: 'a URL such as https://gateway.example.com/api, or nothing',
  },
  TRUSTED_PROXIES: {
    schema: z
      .string()
      .transform((text) => text.split(',').filter((range) => range !== ''))
      .refine((ranges) => ranges.every(isProxyRange)),
    default: '',
    allowed: 'addresses or ranges such as 10.0.0.0/8, or loopback, separated by commas',
  },
  TLS_CERT: { schema: z.string().regex(/^(\S.*)?$/), default: '', allowed: 'the path of a file, or nothing' },
  TLS_KEY: { schema: z.string().regex(/^(\S.*)?$/), default: '', allowed: 'the path of a file, or nothing' },
  AUTH: { schema: z.enum(['none', 'token']), default: 'none', allowed: 'none or token' },
  ...OIDC_RULES,
  KEYS_FILE: { schema: z.string().min(1), default: '.keys.json', allowed: 'the path of a file' },
  DATA_DIR: {
    schema: z.string().regex(/^(\S.*)?$/),
    default: '.switchboard',
    allowed: 'the path of a folder, or nothing',
  },
  HISTORY_SECONDS: { schema: count, default: String(HISTORY_TTL_SECONDS), allowed: 'a number of seconds, 1 or more' },
  HISTORY_PER_CLIENT: { schema: count, default: '1000', allowed: 'a number of messages, 1 or more' },
  HISTORY_TOTAL_BYTES: { schema: count, default: '67108864', allowed: 'a number of bytes, 1 or more' },
  MAX_UNSENT_BYTES: {
    schema: count,
    default: String(PLATFORM_LIMITS.unsentBytes),
    allowed: 'a number of bytes, 1 or more',
  },
  MAX_HELD_BYTES: {
    schema: count,
    default: String(DEFAULT_BOUNDS.heldBytes),
    allowed: 'a number of bytes, 1 or more',
  },
  MAX_CONNECTIONS: { schema: count, default: String(DEFAULT_BOUNDS.connections), allowed: 'a number, 1 or more' },
  MAX_CONNECTIONS_PER_ADDRESS: {
    schema: count,
    default: String(DEFAULT_BOUNDS.connectionsPerAddress),
    allowed: 'a number, 1 or more',
  },
  MAX_HTTP_CONNECTIONS: { schema: count, default: String(HTTP_LIMITS.connections), allowed: 'a number, 1 or more' },
  MAX_HTTP_CONNECTIONS_PER_ADDRESS: {
    schema: count,
    default: String(HTTP_LIMITS.connectionsPerAddress),
    allowed: 'a number, 1 or more',
  },
  IDLE_SECONDS: {
    schema: count,
    default: String(PLATFORM_LIMITS.idleSeconds),
    allowed: 'a number of seconds, 1 or more',
  },
  CLIENT_RATE: {
    schema: z
      .string()
      .regex(/^\d{1,7}$/)
      .transform(Number),
    default: '200',
    allowed: 'a number of messages a second, or 0 for no limit',
  },
  CLIENT_BURST: { schema: count, default: '1000', allowed: 'a number of messages, 1 or more' },
  DRAIN_SECONDS: {
    schema: z
      .string()
      .regex(/^\d{1,4}$/)
      .transform(Number),
    default: '5',
    allowed: 'a number of seconds from 0 to 9999',
  },
  HEARTBEAT_SECONDS: {
    schema: count,
    default: String(LOCAL_HEARTBEAT_SECONDS),
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
  CONNECTIONS_PORT: {
    schema: z.union([z.literal('').transform(() => undefined), port]),
    default: '',
    allowed: 'a port from 0 to 65535 (0 takes any free one), or nothing',
  },
  CONNECTIONS_CREDENTIALS: {
    schema: z
      .string()
      .regex(/^(\w{1,128}:\S{1,128})?$/)
      .transform((text) => text.split(/:(.*)/s))
      .transform(([accessKeyId = '', secretAccessKey = '']) =>
        accessKeyId === '' ? undefined : { accessKeyId, secretAccessKey },
      ),
    default: '',
    allowed: 'an access key id and a secret, separated by a colon, or nothing',
  },
  PRESENCE_GROUPS: {
    schema: z
      .string()
      .transform((text) => text.split(',').filter((pattern) => pattern !== ''))
      .refine((patterns) => patterns.every(isGroupPattern)),
    default: '',
    allowed: 'names of groups, or prefixes such as room:*, separated by commas, or nothing',
  },
  MCP_SERVERS: {
    schema: mcpServersSetting,
    default: '',
    allowed:
      'a JSON object of servers by name (A-Z, a-z, 0-9, _ and -), each with a url and headers, or a command with args and env, or nothing',
    isSecret: true,
  },
  WEBHOOKS: {
    schema: z.string().regex(/^(\S.*)?$/),
    default: '',
    allowed: 'the path of a JSON file of receivers, or nothing',
  },
  EVENTS: {
    schema: z
      .string()
      .transform((text) => (text === 'all' ? [...EVENT_TYPES] : text.split(',')))
      .pipe(z.array(z.enum(EVENT_TYPES))),
    default: 'all',
    allowed: `all, or types of events separated by commas: ${EVENT_TYPES.join(', ')}`,
  },
  EVENT_CONTENTS: { schema: z.enum(['on', 'off']), default: 'off', allowed: 'on or off' },
  EVENTS_TOTAL_BYTES: { schema: count, default: '67108864', allowed: 'a number of bytes, 1 or more' },
  DYNAMODB_ENDPOINT: {
    schema: z.string().regex(/^(https?:\/\/[^\s/]+\/?)?$/),
    default: '',
    allowed: 'a URL such as http://localhost:8000, or nothing for the one inside this process',
  },
  ...RESPONDER_RULES,
  RESPONDER_CONCURRENCY: { schema: count, default: '100', allowed: 'a number, 1 or more' },
  LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS),
    default: 'info',
    allowed: 'debug, info, warn, error or silent',
  },
  LOG_FORMAT: { schema: z.enum(['text', 'json']), default: 'text', allowed: 'text or json' },
  METRICS_KEY: {
    schema: z.string().regex(/^(\S{16,256})?$/),
    default: '',
    allowed: '16 to 256 characters without a space, or nothing',
    isSecret: true,
  },
} as const satisfies Record<string, Setting>;

type Name = keyof typeof SETTINGS;

export type Settings = { readonly [Key in Name]: z.output<(typeof SETTINGS)[Key]['schema']> };

/** As `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The rate limit of each client; undefined for no limit. */
export function rateLimitOf({ CLIENT_RATE, CLIENT_BURST }: Settings): RateLimit | undefined {
  return CLIENT_RATE === 0 ? undefined : { perSecond: CLIENT_RATE, burst: CLIENT_BURST };
}

/** An invalid setting. The message names the setting, its value, and what is allowed. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * @param environment  unknown names are ignored
 * @throws SettingError for the first invalid setting
 */
export function readSettings(environment: Environment): Settings {
  const entries = Object.entries(SETTINGS).map(([name, setting]: [string, Setting]) => {
    const value = environment[name] ?? setting.default;
    const parsed = setting.schema.safeParse(value);
    if (!parsed.success) throw wrongSetting(name, value, setting, parsed.error);
    return [name, parsed.data];
  });
  const settings = Object.fromEntries(entries) as Settings;
  assertResponder(settings, environment);
  assertOidc(settings);
  return settings;
}

const RESPONDER_NAMES = { backend: 'RESPONDER', url: 'RESPONDER_URL', model: 'RESPONDER_MODEL', hasKey: KEY_SECRET };

/** @throws SettingError */
function assertResponder(settings: Settings, environment: Environment): void {
  const known = new Set<string>([...Object.keys(SETTINGS), KEY_SECRET]);
  const stranger = Object.keys(environment).find((name) => name.startsWith('RESPONDER_') && !known.has(name));
  if (stranger !== undefined) {
    const names = [...known].filter((name) => name.startsWith('RESPONDER'));
    throw new SettingError(`${stranger} is not a setting. The settings are ${names.join(', ')}.`);
  }
  const { RESPONDER: backend, RESPONDER_URL: url, RESPONDER_MODEL: model } = settings;
  const key = environment[KEY_SECRET] ?? '';
  const fault = responderFault({ backend, url, model, hasKey: key !== '' });
  if (fault) throw new SettingError(`${RESPONDER_NAMES[fault.setting]} ${fault.why}`);
  if (backend === 'http' && key !== '' && !SIGNING_SECRET.test(key)) {
    throw new SettingError(`${KEY_SECRET} is not valid: it must be whsec_ and a secret in base64, or nothing.`);
  }
  if (backend === 'bedrock' && environment.AWS_REGION === '') {
    throw new SettingError('AWS_REGION is empty, but must be a region such as eu-west-1, or not set.');
  }
}

const OIDC_NAMES = { auth: 'AUTH', issuer: 'OIDC_ISSUER', audience: 'OIDC_AUDIENCE' };

/** @throws SettingError */
function assertOidc({ AUTH: auth, OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience }: Settings): void {
  const fault = oidcFault({ auth, issuer, audience });
  if (fault) throw new SettingError(`${OIDC_NAMES[fault.setting]} ${fault.why}`);
}

function wrongSetting(name: string, value: string, { allowed, isSecret }: Setting, { issues }: z.ZodError) {
  if (!isSecret) return new SettingError(`${name} is "${value}", but must be ${allowed}.`);
  const where = (issues[0]?.path ?? []).join('.');
  return new SettingError(`${name} is not valid${where === '' ? '' : ` at ${where}`}: it must be ${allowed}.`);
}

/**
 * The values of the team's own settings.
 * @throws SettingError for the first that is not valid
 */
export function readAppSettings(
  settings: Readonly<Record<string, AppSetting>>,
  environment: Environment,
): Record<string, string> {
  const entries = Object.entries(settings).map(([name, { default: value, pattern, allowed }]) => {
    const given = environment[name] ?? value;
    if (!pattern.test(given)) throw new SettingError(`${name} is "${given}", but must be ${allowed}.`);
    return [name, given];
  });
  return Object.fromEntries(entries);
}
