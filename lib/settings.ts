/** Every setting of a deployment: its name in the CDK context, what it may be, what it means, and what it is where nobody says. */
import * as z from 'zod';

/** CloudWatch Logs keeps for these numbers of days and no others. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const count = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

const yesOrNo = z.enum(['yes', 'no']).transform((answer) => answer === 'yes');

/** A text of this form, or nothing. */
function optional(form: RegExp) {
  return z
    .string()
    .refine((text) => text === '' || form.test(text))
    .transform((text) => (text === '' ? undefined : text));
}

const domain = optional(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/);

interface Setting {
  schema: z.ZodType;
  default: string;
  /** Ends the sentence "name must be …". */
  allowed: string;
  meaning: string;
}

/** docs/deploy.md has the same table; a test holds the two together. */
export const SETTINGS = {
  auth: {
    schema: z.enum(['token', 'none']),
    default: 'token',
    allowed: 'token or none',
    meaning: 'who may use it: holders of a key or a token, or (`none`) everybody',
  },
  stage_name: {
    schema: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
    default: 'live',
    allowed: '1 to 128 letters, digits, - or _',
    meaning: "the last part of the WebSocket API's URL",
  },
  cors_origins: {
    schema: z
      .string()
      .regex(/^(\*|https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*)$/)
      .transform((text) => text.split(',')),
    default: '*',
    allowed: '* or origins such as https://app.example.com, separated by commas',
    meaning: 'web pages of which origins may read what the HTTP API answers; who may call it, `auth` decides',
  },
  history_seconds: {
    schema: count,
    default: '86400',
    allowed: 'a number of seconds, 1 or more',
    meaning: 'how long messages are kept',
  },
  retain_messages: {
    schema: yesOrNo,
    default: 'yes',
    allowed: 'yes or no',
    meaning: 'whether the table of messages outlives the stack',
  },
  reply_by: {
    schema: z.enum(['route_response', 'post']),
    default: 'route_response',
    allowed: 'route_response or post',
    meaning: 'how the last reply to a message travels; `post` costs one call more',
  },
  connect_rate: {
    schema: count,
    default: '500',
    allowed: 'a number a second, 1 or more',
    meaning: "new connections; the default is the platform's own quota",
  },
  connect_burst: {
    schema: count,
    default: '500',
    allowed: 'a number, 1 or more',
    meaning: 'new connections at once',
  },
  message_rate: {
    schema: count,
    default: '5000',
    allowed: 'a number a second, 1 or more',
    meaning: "messages of all clients; the default leaves half of an account's 10,000 to pushes",
  },
  message_burst: {
    schema: count,
    default: '2500',
    allowed: 'a number, 1 or more',
    meaning: 'messages at once',
  },
  http_rate: {
    schema: count,
    default: '100',
    allowed: 'a number a second, 1 or more',
    meaning: 'HTTP calls, each route for itself; `POST /tokens` has `connect_rate`',
  },
  http_burst: {
    schema: count,
    default: '200',
    allowed: 'a number, 1 or more',
    meaning: 'HTTP calls at once',
  },
  log_level: {
    schema: z.enum(['debug', 'info', 'error']),
    default: 'info',
    allowed: 'debug, info or error',
    meaning:
      'the least that functions log; at `error` the counts of pushes and broadcasts are missing on the dashboard',
  },
  log_retention_days: {
    schema: count.refine((days) => RETENTION_DAYS.includes(days)),
    default: '30',
    allowed: `one of ${RETENTION_DAYS.join(', ')}`,
    meaning: 'how long every log is kept',
  },
  account_log_role: {
    schema: z.enum(['create', 'existing']),
    default: 'create',
    allowed: 'create or existing',
    meaning: 'the role by which API Gateway writes logs, one for an account and region',
  },
  detailed_metrics: {
    schema: yesOrNo,
    default: 'no',
    allowed: 'yes or no',
    meaning: "API Gateway's metrics for each route too, billed as custom metrics",
  },
  alarm_email: {
    schema: optional(/^[^\s@]+@[^\s@]+\.[^\s@]+$/),
    default: '',
    allowed: 'an e-mail address, or nothing',
    meaning: 'who is told when an alarm goes off',
  },
  latency_alarm_ms: {
    schema: count,
    default: '2000',
    allowed: 'a number of milliseconds, 1 or more',
    meaning: 'the 95th percentile above which answers count as slow',
  },
  websocket_domain: {
    schema: domain,
    default: '',
    allowed: 'a domain name such as ws.example.com, or nothing',
    meaning: 'a domain of your own for clients',
  },
  http_domain: {
    schema: domain,
    default: '',
    allowed: 'a domain name such as api.example.com, or nothing',
    meaning: 'a domain of your own for the HTTP API, another than that for clients',
  },
  certificate_arn: {
    schema: optional(/^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/),
    default: '',
    allowed: "the ARN of a certificate in ACM, in the stack's region, or nothing",
    meaning: 'the certificate of those domains',
  },
  // For rehearsals only: what a stand-in for AWS does otherwise. On AWS these stay as they are.
  stand_in_endpoint: {
    schema: optional(/^https?:\/\/[^\s]+[^\s/]$/),
    default: '',
    allowed: 'a URL without a slash at its end, or nothing',
    meaning: "where a stand-in serves APIs, each below its id, as the platform's own names lead to AWS",
  },
  stand_in_route_response: {
    schema: z.enum(['declared', 'implied']),
    default: 'declared',
    allowed: 'declared or implied',
    meaning: 'whether a stand-in sends back what a function returns without being told to, and knows no such resource',
  },
} as const satisfies Record<string, Setting>;

type Name = keyof typeof SETTINGS;

export type Settings = { readonly [Key in Name]: z.output<(typeof SETTINGS)[Key]['schema']> };

/** A setting that is not valid: its message is one sentence that names it, its value, and what is allowed. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/**
 * @param context  as `app.node.getAllContext()`; what others keep there is not looked at
 * @throws SettingError for the first that is not valid
 */
export function readSettings(context: Readonly<Record<string, unknown>>): Settings {
  const stranger = Object.keys(context).find((name) => looksLikeSetting(name) && !Object.hasOwn(SETTINGS, name));
  if (stranger !== undefined) {
    throw new SettingError(`${stranger} is no setting; there are ${Object.keys(SETTINGS).join(', ')}.`);
  }
  const entries = Object.entries(SETTINGS).map(([name, setting]: [string, Setting]) => {
    const value = String(context[name] ?? setting.default);
    const parsed = setting.schema.safeParse(value);
    if (!parsed.success) throw new SettingError(`${name} is "${value}", but must be ${setting.allowed}.`);
    return [name, parsed.data];
  });
  const settings = Object.fromEntries(entries) as Settings;
  assertDomains(settings);
  return settings;
}

/** Keys of CDK and of other tools have a colon, a slash, a hyphen or an @. */
function looksLikeSetting(name: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(name);
}

/** @throws SettingError */
function assertDomains({ websocket_domain, http_domain, certificate_arn }: Settings): void {
  const named = websocket_domain ?? http_domain;
  if (named !== undefined && certificate_arn === undefined) {
    throw new SettingError(`certificate_arn is missing, but must be the ARN of a certificate for ${named}.`);
  }
  if (websocket_domain !== undefined && websocket_domain === http_domain) {
    throw new SettingError(
      `http_domain is "${http_domain}", but must be another than websocket_domain: API Gateway takes a domain for one kind of API.`,
    );
  }
}
