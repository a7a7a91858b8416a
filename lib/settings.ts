/** Settings of a deployment: name in the CDK context, allowed values, meaning, and default. */
import * as z from 'zod';
import { OIDC_RULES } from '../lambdas/access/oidc-rules';
import { remoteMcpServersSetting } from '../lambdas/mcp/mcp-servers';
import { RESPONDER_RULES } from '../lambdas/models/responder-rules';
import { EVENT_TYPES } from '../lambdas/protocol/event-types';
import {
  byFunction,
  count,
  countOrNothing,
  domain,
  FUNCTIONS,
  groupPatterns,
  list,
  optional,
  origins,
  pairs,
  RETENTION_DAYS,
  SECRET,
  tableName,
  yesOrNo,
} from './setting-kinds';

export interface Setting {
  schema: z.ZodType;
  default: string;
  /** Completes the sentence "name must be …". */
  allowed: string;
  meaning: string;
  /** The value may contain secrets, so errors never repeat it. */
  isSecret?: true;
}

/** docs/deploy.md has the same table; a test compares them. */
export const SETTINGS = {
  auth: {
    schema: z.enum(['token', 'none']),
    default: 'token',
    allowed: 'token or none',
    meaning: '`token`: calls need an API key, and clients a token; `none`: no access control',
  },
  oidc_issuer: {
    ...OIDC_RULES.OIDC_ISSUER,
    meaning:
      'an [OpenID issuer](access.md#tokens-of-an-openid-issuer) whose tokens clients may use besides those of `POST /tokens`',
  },
  oidc_audience: {
    ...OIDC_RULES.OIDC_AUDIENCE,
    meaning: "accepted audiences: a token's `aud` must contain one of them",
  },
  oidc_client_id_claim: {
    ...OIDC_RULES.OIDC_CLIENT_ID_CLAIM,
    meaning: 'the claim with the `client_id`; use one that users cannot change',
  },
  oidc_labels_claim: {
    ...OIDC_RULES.OIDC_LABELS_CLAIM,
    meaning: 'the claim with labels: a list, or a single string',
  },
  oidc_groups_claim: {
    ...OIDC_RULES.OIDC_GROUPS_CLAIM,
    meaning: 'the claim with groups: a list, or a single string',
  },
  oidc_message_rate_claim: {
    ...OIDC_RULES.OIDC_MESSAGE_RATE_CLAIM,
    meaning: 'the claim with the messages per second that the client may send, instead of `client_rate`',
  },
  stack_name: {
    schema: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,39}$/),
    default: 'Switchboard',
    allowed: '1 to 40 letters, digits or -, the first a letter',
    meaning: 'the name of the stack, and the prefix of its functions, logs and metrics',
  },
  tags: {
    schema: pairs(/^[A-Za-z0-9 _.:/+@-]{1,128}=[A-Za-z0-9 _.:/+@-]{0,256}$/),
    default: '',
    allowed: 'NAME=VALUE pairs, separated by commas, or nothing',
    meaning: 'tags of all resources in the stack, besides `application` and `stack`, which are always set',
  },
  termination_protection: {
    schema: yesOrNo,
    default: 'yes',
    allowed: 'yes or no',
    meaning: 'whether the stack is protected from deletion, after which its URLs and keys cannot be recovered',
  },
  stage_name: {
    schema: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
    default: 'live',
    allowed: '1 to 128 letters, digits, - or _',
    meaning: "the last part of the WebSocket API's URL",
  },
  cors_origins: {
    schema: origins,
    default: '*',
    allowed: '* or origins such as https://app.example.com, separated by commas',
    meaning: "origins whose web pages may read the HTTP API's answers; only `auth` decides who may call it",
  },
  origins: {
    schema: origins,
    default: '*',
    allowed: '* or origins such as https://app.example.com, separated by commas',
    meaning:
      'origins whose web pages may connect, besides the pages of the HTTP API; others are refused with 403. Programs, which send no origin, are not affected',
  },
  heartbeat_seconds: {
    schema: count.refine((seconds) => seconds < 600),
    default: '240',
    allowed: 'a number of seconds from 1 to 599, as API Gateway closes a connection that is idle for 600',
    meaning: 'how often clients are told to send something; at 45 their pings cost 5 times as much',
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
    meaning: 'whether the tables are kept when the stack is deleted',
  },
  clients_table: {
    schema: tableName,
    default: '',
    allowed: 'the name of a table in the same account and region, or nothing',
    meaning: 'an existing table to use for clients, such as a restored one',
  },
  messages_table: {
    schema: tableName,
    default: '',
    allowed: 'the name of a table in the same account and region, or nothing',
    meaning: 'an existing table to use for messages, such as a restored one',
  },
  connect_rate: {
    schema: count,
    default: '500',
    allowed: 'a number a second, 1 or more',
    meaning: "sustained rate of new connections; the default is API Gateway's own quota",
  },
  connect_burst: {
    schema: count,
    default: '500',
    allowed: 'a number, 1 or more',
    meaning: 'new connections in a burst',
  },
  client_rate: {
    schema: count,
    default: '20',
    allowed: 'a number a second, 1 or more',
    meaning: 'sustained messages of one client; above it the client gets `rate_limited`, far above it is disconnected',
  },
  client_burst: {
    schema: count,
    default: '100',
    allowed: 'a number, 1 or more',
    meaning: 'messages of one client in a burst',
  },
  message_rate: {
    schema: count,
    default: '1000',
    allowed: 'a number a second, 1 or more',
    meaning: 'sustained messages of all clients; the default is within the quota of every region',
  },
  message_burst: {
    schema: count,
    default: '500',
    allowed: 'a number, 1 or more',
    meaning: 'messages of all clients in a burst',
  },
  http_rate: {
    schema: count,
    default: '100',
    allowed: 'a number a second, 1 or more',
    meaning: 'sustained HTTP calls of each route; `POST /tokens` has `connect_rate` instead',
  },
  http_burst: {
    schema: count,
    default: '200',
    allowed: 'a number, 1 or more',
    meaning: 'HTTP calls of each route in a burst',
  },
  docs_rate: {
    schema: count,
    default: '5',
    allowed: 'a number a second, 1 or more',
    meaning: 'sustained calls of each page and description, which are public and up to 500 KB long',
  },
  docs_burst: {
    schema: count,
    default: '20',
    allowed: 'a number, 1 or more',
    meaning: 'such calls in a burst',
  },
  reserved_concurrency: {
    schema: pairs(new RegExp(`^(${[...FUNCTIONS.keys()].join('|')})=\\d{1,5}$`)).transform(byFunction),
    default: '',
    allowed: 'FUNCTION=NUMBER pairs such as websocket-message=400, separated by commas, or nothing',
    meaning:
      "concurrent executions reserved for a function, which are also its maximum; taken from the account's other functions",
  },
  log_level: {
    schema: z.enum(['debug', 'info', 'warn', 'error']),
    default: 'info',
    allowed: 'debug, info, warn or error',
    meaning:
      'the lowest level that functions log. Metrics are logged at each level, but at `warn` and `error` the graph of pushes is empty',
  },
  log_retention_days: {
    schema: count.refine((days) => RETENTION_DAYS.includes(days)),
    default: '30',
    allowed: `one of ${RETENTION_DAYS.join(', ')}`,
    meaning: 'how long all logs are kept',
  },
  account_log_role: {
    schema: z.enum(['existing', 'create', 'replace']),
    default: 'existing',
    allowed: 'existing, create or replace',
    meaning:
      'the role with which API Gateway writes logs, one per account and region; if there is none, `npm run deploy` creates it',
  },
  tracing: {
    schema: yesOrNo,
    default: 'no',
    allowed: 'yes or no',
    meaning: 'X-Ray traces of functions: starts and durations, without the calls that they make',
  },
  detailed_metrics: {
    schema: yesOrNo,
    default: 'no',
    allowed: 'yes or no',
    meaning: "API Gateway's metrics also for each route, billed as custom metrics",
  },
  app_secrets: {
    schema: pairs(new RegExp(`^[A-Z][A-Z0-9_]*=(${SECRET})$`)),
    default: '',
    allowed:
      'NAME=SECRET pairs, each SECRET the ARN or the path of one in Secrets Manager, separated by commas, or nothing',
    meaning:
      'secrets for your own code, which reads them with `context.secret(NAME)`; a path has a slash, as in `chat/key`',
  },
  mcp_servers: {
    schema: remoteMcpServersSetting,
    default: '',
    allowed: 'a JSON object of servers by name (A-Z, a-z, 0-9, _ and -), each with a url and headers, or nothing',
    meaning:
      '[MCP servers](mcp.md#on-aws) whose tools clients and the model get; a header may be `{"secret": NAME}`, with a NAME from `app_secrets`',
    isSecret: true,
  },
  environment: {
    schema: pairs(/^(?!AWS_|LAMBDA_|SECRET_|MCP_|RESPONDER)[A-Z][A-Z0-9_]*=[^,]{0,1000}$/),
    default: '',
    allowed:
      'NAME=VALUE pairs, separated by commas, each NAME of A-Z, 0-9 and _ and not of AWS or Switchboard, or nothing',
    meaning:
      'environment variables of the functions that run your code; never secrets, because templates and consoles show them',
  },
  events: {
    schema: z
      .string()
      .transform((text) => (text === 'all' ? [...EVENT_TYPES] : text.split(',').filter((type) => type !== '')))
      .pipe(z.array(z.enum(EVENT_TYPES))),
    default: '',
    allowed: `all, types of events separated by commas (${EVENT_TYPES.join(', ')}), or nothing`,
    meaning: 'which [events](events.md) go to EventBridge; if empty, none, at no cost',
  },
  event_contents: {
    schema: yesOrNo,
    default: 'no',
    allowed: 'yes or no',
    meaning: 'whether events include message contents',
  },
  event_bus: {
    schema: optional(/^[\w./-]{1,200}$/),
    default: '',
    allowed: "the name of an event bus in the stack's account and region, or nothing",
    meaning: 'the bus that gets the events; if empty, the stack creates one',
  },
  event_queue: {
    schema: yesOrNo,
    default: 'no',
    allowed: 'yes or no',
    meaning: 'whether all events also go to an SQS queue, for a service to read',
  },
  presence_groups: {
    schema: groupPatterns,
    default: '',
    allowed: 'names of groups, or prefixes such as room:*, separated by commas, or nothing',
    meaning: 'groups whose members may watch [who is online](groups.md#who-is-online); if empty, none, at no cost',
  },
  responder: {
    ...RESPONDER_RULES.RESPONDER,
    meaning: 'who answers chat: `echo` is `lambdas/app/responder.ts`, the others are [back ends](model.md)',
  },
  responder_url: {
    ...RESPONDER_RULES.RESPONDER_URL,
    meaning: 'the base URL of an OpenAI-compatible endpoint, or the URL of your service',
  },
  responder_model: {
    ...RESPONDER_RULES.RESPONDER_MODEL,
    meaning: 'which model; for Bedrock a model id, an inference profile id, or an ARN',
  },
  responder_key_secret: {
    schema: optional(new RegExp(`^(${SECRET})$`)),
    default: '',
    allowed: 'the ARN of a secret in Secrets Manager, or its path such as chat/key, or nothing',
    meaning: "the secret with the endpoint's key, or with the key that signs calls to your service",
  },
  responder_system_prompt: {
    ...RESPONDER_RULES.RESPONDER_SYSTEM_PROMPT,
    schema: z.string().max(3_000),
    allowed: 'a text of up to 3000 characters',
    meaning: 'what the model is told before the conversation',
  },
  responder_history: {
    ...RESPONDER_RULES.RESPONDER_HISTORY,
    meaning: 'how many earlier chat messages and answers of the client the model gets',
  },
  responder_max_tokens: {
    ...RESPONDER_RULES.RESPONDER_MAX_TOKENS,
    meaning: 'maximum tokens of an answer',
  },
  responder_seconds: {
    ...RESPONDER_RULES.RESPONDER_SECONDS,
    meaning: 'maximum duration of an answer',
  },
  responder_away_seconds: {
    ...RESPONDER_RULES.RESPONDER_AWAY_SECONDS,
    meaning: 'how long an answer continues after its client has left; if empty, to its end',
  },
  responder_failure_text: {
    ...RESPONDER_RULES.RESPONDER_FAILURE_TEXT,
    meaning: 'what the client gets if the answer fails; if empty, the partial answer',
  },
  responder_tools: {
    ...RESPONDER_RULES.RESPONDER_TOOLS,
    meaning: 'whether the model may call the tools of `lambdas/app/tools.ts`',
  },
  responder_client_concurrency: {
    ...RESPONDER_RULES.RESPONDER_CLIENT_CONCURRENCY,
    meaning: 'concurrent answers of one client; further ones wait',
  },
  responder_concurrency: {
    schema: countOrNothing,
    default: '',
    allowed: 'a number, 1 or more, or nothing',
    meaning: "concurrent answers; further ones wait. Taken from the account's other functions",
  },
  vpc_subnets: {
    schema: list(/^subnet-[0-9a-f]{8,17}$/),
    default: '',
    allowed: 'ids of subnets such as subnet-0a1b2c3d4e5f67890, separated by commas, or nothing',
    meaning:
      'where `replies-respond` runs, to reach a model with a private address; they need a route to AWS ([below](#a-models-key-and-a-private-network))',
  },
  vpc_security_groups: {
    schema: list(/^sg-[0-9a-f]{8,17}$/),
    default: '',
    allowed: 'ids of security groups such as sg-0a1b2c3d4e5f67890, separated by commas, or nothing',
    meaning: 'the security groups of that function; required with `vpc_subnets`',
  },
  alarm_email: {
    schema: optional(/^[^\s@]+@[^\s@]+\.[^\s@]+$/),
    default: '',
    allowed: 'an e-mail address, or nothing',
    meaning: 'who is notified of alarms',
  },
  latency_alarm_ms: {
    schema: count,
    default: '2000',
    allowed: 'a number of milliseconds, 1 or more',
    meaning: 'the 95th percentile above which answers count as slow',
  },
  messages_alarm: {
    schema: count,
    default: '300000',
    allowed: 'a number in 5 minutes, 1 or more',
    meaning: 'WebSocket messages, in both directions, that count as unusual traffic; the default is 1,000 a second',
  },
  calls_alarm: {
    schema: count,
    default: '30000',
    allowed: 'a number in 5 minutes, 1 or more',
    meaning: 'HTTP calls that count as unusual traffic; the default is 100 a second',
  },
  refused_alarm: {
    schema: count,
    default: '1000',
    allowed: 'a number in 5 minutes, 1 or more',
    meaning: 'refused handshakes and throttled messages that raise an alarm',
  },
  monthly_budget: {
    schema: countOrNothing,
    default: '',
    allowed: 'a number of dollars, 1 or more, or nothing',
    meaning: 'a budget for the whole account; `alarm_email` is notified at 80 % of it, and if the forecast exceeds it',
  },
  websocket_domain: {
    schema: domain,
    default: '',
    allowed: 'a domain name such as ws.example.com, or nothing',
    meaning: 'your own domain for clients',
  },
  http_domain: {
    schema: domain,
    default: '',
    allowed: 'a domain name such as api.example.com, or nothing',
    meaning: 'your own domain for the HTTP API, different from that for clients',
  },
  certificate_arn: {
    schema: optional(/^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/),
    default: '',
    allowed: "the ARN of a certificate in ACM, in the stack's region, or nothing",
    meaning: 'the certificate of these domains',
  },
} as const satisfies Record<string, Setting>;

type Name = keyof typeof SETTINGS;

export type Settings = { readonly [Key in Name]: z.output<(typeof SETTINGS)[Key]['schema']> } & {
  /** The team's own settings by name (`lambdas/app/settings.ts`). */
  readonly app: Readonly<Record<string, string>>;
};
