/** Who answers chat messages, as the settings of either host say it: variables with the same names. */
import type { ReplySettings } from '../ports/dependencies';

export const BACKENDS = ['echo', 'openai', 'bedrock', 'http'] as const;

/** `echo` is the responder of the app, which is an echo where no team has replaced it. */
export type Backend = (typeof BACKENDS)[number];

/** What the variables are where nobody says. */
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
} as const;

/** The name of the secret: a key of the model's endpoint, or what calls of the team's service are signed with. */
export const KEY_SECRET = 'RESPONDER_KEY';

/** Seconds that a reply may take at most: a function ends after 900, and needs some to store it. */
export const MAX_REPLY_SECONDS = 840;

export interface ModelSettings extends ReplySettings {
  backend: Backend;
  /** Empty for the usual one of the back end. */
  url: string;
  systemPrompt: string;
  /** How many earlier messages go along. */
  historyMessages: number;
  maxTokens: number;
  /** Whether the tools of the app are offered to the model. */
  offersTools: boolean;
}

/** The same settings, of a back end that is no echo. */
export function isModel({ RESPONDER = MODEL_DEFAULTS.RESPONDER }: ModelVariables): boolean {
  return RESPONDER !== 'echo';
}

export type ModelVariables = Readonly<Partial<Record<keyof typeof MODEL_DEFAULTS, string>>>;

/** @param appModel  the name of the app's own responder */
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
  };
}
