/** Settings of whatever answers chat messages; the variable names are the same on every host. */
import type { ReplySettings } from '../ports/dependencies';

export const BACKENDS = ['echo', 'openai', 'bedrock', 'http'] as const;

/** `echo` is the app's own responder, which echoes unless the team has replaced it. */
export type Backend = (typeof BACKENDS)[number];

/** Defaults of the variables. */
export const MODEL_DEFAULTS = {
  RESPONDER: 'echo',
  RESPONDER_URL: '',
  RESPONDER_MODEL: '',
  RESPONDER_SYSTEM_PROMPT: '',
  RESPONDER_HISTORY: '20',
  RESPONDER_MAX_TOKENS: '2048',
  RESPONDER_SECONDS: '300',
  RESPONDER_AWAY_SECONDS: '',
  RESPONDER_FAILURE_TEXT: 'The answer could not be made. Please try again.',
  RESPONDER_TOOLS: 'on',
  RESPONDER_CLIENT_CONCURRENCY: '4',
} as const;

/** Name of the secret: the API key of the model's endpoint, or the signing secret for the team's service. */
export const KEY_SECRET = 'RESPONDER_KEY';

/** Longest time limit of a reply in seconds: a function times out after 900 and needs some of that to store the reply. */
export const MAX_REPLY_SECONDS = 840;

export interface ModelSettings extends ReplySettings {
  backend: Backend;
  /** Empty for the back end's default. */
  url: string;
  systemPrompt: string;
  /** Number of earlier messages in the prompt. */
  historyMessages: number;
  maxTokens: number;
  /** Whether the model may use the app's tools. */
  offersTools: boolean;
}

/** Whether a model or service answers, not the app's own responder. */
export function isModel({ RESPONDER = MODEL_DEFAULTS.RESPONDER }: ModelVariables): boolean {
  return RESPONDER !== 'echo';
}

export type ModelVariables = Readonly<Partial<Record<keyof typeof MODEL_DEFAULTS, string>>>;

/**
 * @param appModel  model name of the app's own responder
 */
export function modelSettingsFrom(variables: ModelVariables, appModel: string): ModelSettings {
  const of = (name: keyof typeof MODEL_DEFAULTS) => variables[name] ?? MODEL_DEFAULTS[name];
  const awaySeconds = of('RESPONDER_AWAY_SECONDS');
  const failureText = of('RESPONDER_FAILURE_TEXT');
  const backend = of('RESPONDER') as Backend;
  return {
    backend,
    url: of('RESPONDER_URL'),
    model: backend === 'echo' ? appModel : of('RESPONDER_MODEL') || backend,
    systemPrompt: of('RESPONDER_SYSTEM_PROMPT'),
    historyMessages: Number(of('RESPONDER_HISTORY')),
    maxTokens: Number(of('RESPONDER_MAX_TOKENS')),
    seconds: Number(of('RESPONDER_SECONDS')),
    awaySeconds: awaySeconds === '' ? undefined : Number(awaySeconds),
    failureText: failureText === '' ? undefined : failureText,
    offersTools: of('RESPONDER_TOOLS') === 'on',
    maxPerClient: Number(of('RESPONDER_CLIENT_CONCURRENCY')),
  };
}
