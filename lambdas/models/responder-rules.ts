/** Allowed values of the responder settings on both hosts, by their names on one machine. */
import * as z from 'zod';
import { BACKENDS, type Backend, MAX_REPLY_SECONDS, MODEL_DEFAULTS } from './model-settings';

function isUrl(text: string): boolean {
  if (/[\s?#]/.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}` === '';
}

/** `allowed` completes the sentence "NAME must be …". */
export const RESPONDER_RULES = {
  RESPONDER: { schema: z.enum(BACKENDS), default: MODEL_DEFAULTS.RESPONDER, allowed: BACKENDS.join(', ') },
  RESPONDER_URL: {
    schema: z.string().refine((text) => text === '' || isUrl(text)),
    default: MODEL_DEFAULTS.RESPONDER_URL,
    allowed: 'a URL such as https://models.example.com/v1, or nothing',
  },
  RESPONDER_MODEL: {
    schema: z.string().regex(/^[\w.:/@-]{0,200}$/),
    default: MODEL_DEFAULTS.RESPONDER_MODEL,
    allowed: "a model's name of up to 200 letters, digits and . : / @ _ -",
  },
  RESPONDER_SYSTEM_PROMPT: {
    schema: z.string().max(100_000),
    default: MODEL_DEFAULTS.RESPONDER_SYSTEM_PROMPT,
    allowed: 'a text of up to 100000 characters',
  },
  RESPONDER_HISTORY: {
    schema: z.string().regex(/^\d{1,3}$/),
    default: MODEL_DEFAULTS.RESPONDER_HISTORY,
    allowed: 'a number of messages from 0 to 999',
  },
  RESPONDER_MAX_TOKENS: {
    schema: z.string().regex(/^[1-9]\d{0,5}$/),
    default: MODEL_DEFAULTS.RESPONDER_MAX_TOKENS,
    allowed: 'a number of tokens, 1 or more',
  },
  RESPONDER_SECONDS: {
    schema: z
      .string()
      .regex(/^[1-9]\d{0,2}$/)
      .refine((seconds) => Number(seconds) <= MAX_REPLY_SECONDS),
    default: MODEL_DEFAULTS.RESPONDER_SECONDS,
    allowed: `a number of seconds from 1 to ${MAX_REPLY_SECONDS}`,
  },
  RESPONDER_AWAY_SECONDS: {
    schema: z.string().regex(/^([1-9]\d{0,5})?$/),
    default: MODEL_DEFAULTS.RESPONDER_AWAY_SECONDS,
    allowed: 'a number of seconds, 1 or more, or nothing',
  },
  RESPONDER_FAILURE_TEXT: {
    schema: z.string().max(500),
    default: MODEL_DEFAULTS.RESPONDER_FAILURE_TEXT,
    allowed: 'a text of up to 500 characters, or nothing',
  },
  RESPONDER_TOOLS: {
    schema: z.enum(['on', 'off']),
    default: MODEL_DEFAULTS.RESPONDER_TOOLS,
    allowed: 'on or off',
  },
  RESPONDER_CLIENT_CONCURRENCY: {
    schema: z.string().regex(/^[1-9]\d{0,5}$/),
    default: MODEL_DEFAULTS.RESPONDER_CLIENT_CONCURRENCY,
    allowed: 'a number, 1 or more',
  },
} as const;

/** What `http-service.ts` can sign with: base64, with or without `whsec_`. */
export const SIGNING_SECRET = /^(whsec_)?([A-Za-z\d+/]{4})*([A-Za-z\d+/]{4}|[A-Za-z\d+/]{3}=|[A-Za-z\d+/]{2}==)$/;

interface Given {
  backend: Backend;
  url: string;
  model: string;
  hasKey: boolean;
}

/** Checks the settings together. Returns the wrong one, and the rest of a sentence that starts with its name. */
export function responderFault({ backend, url, model, hasKey }: Given) {
  const missing = (setting: keyof Given, allowed: string) => ({ setting, why: `is missing, but must be ${allowed}.` });
  if (backend === 'http' && url === '') return missing('url', 'the URL of your service');
  if ((backend === 'openai' || backend === 'bedrock') && model === '') return missing('model', "a model's name");
  if (backend === 'openai' && url === '' && !hasKey) return missing('hasKey', "OpenAI's key, or name another URL");
  if (backend !== 'echo') return undefined;
  const why = 'is set, but the responder is echo, which uses none: name another.';
  if (url !== '') return { setting: 'url', why } as const;
  if (model !== '') return { setting: 'model', why } as const;
  return hasKey ? ({ setting: 'hasKey', why } as const) : undefined;
}
