/** Settings of a back end that cannot work fail at startup, not at the first answer. */
import { readSettings } from '../../../local/settings';

const openai = { RESPONDER: 'openai', RESPONDER_MODEL: 'tiny-1', RESPONDER_URL: 'http://localhost:11434/v1' };
const bedrock = { RESPONDER: 'bedrock', RESPONDER_MODEL: 'm' };

it.each<[Record<string, string>, string]>([
  [{ RESPONDER: 'gpt' }, 'RESPONDER is "gpt", but must be echo, openai, bedrock, http.'],
  [{ RESPONDER: 'http' }, 'RESPONDER_URL is missing, but must be the URL of your service.'],
  [{ RESPONDER: 'bedrock' }, "RESPONDER_MODEL is missing, but must be a model's name."],
  [
    { RESPONDER: 'openai', RESPONDER_MODEL: 'gpt-5-mini', RESPONDER_KEY: '' },
    "RESPONDER_KEY is missing, but must be OpenAI's key, or name another URL.",
  ],
  [{ RESPONDER_MODEL: 'tiny-1' }, 'RESPONDER_MODEL is set, but the responder is echo, which uses none: name another.'],
  [{ RESPONDER_URL: 'http://localhost:8080' }, 'RESPONDER_URL is set, but the responder is echo'],
  [{ RESPONDER_KEY: 'sk-secret' }, 'RESPONDER_KEY is set, but the responder is echo'],
  [
    { ...openai, RESPONDER_API_KEY: 'sk-secret' },
    'RESPONDER_API_KEY is not a setting. The settings are RESPONDER, RESPONDER_URL,',
  ],
  [
    { RESPONDER: 'http', RESPONDER_URL: 'http://localhost:8080', RESPONDER_KEY: 'sk-secret' },
    'RESPONDER_KEY is not valid: it must be whsec_ and a secret in base64, or nothing.',
  ],
  [{ ...bedrock, AWS_REGION: '' }, 'AWS_REGION is empty, but must be a region such as eu-west-1, or not set.'],
])('%j is refused, without a secret in the message', (environment, sentence) => {
  expect(() => readSettings(environment)).toThrow(sentence);
  expect(() => readSettings(environment)).not.toThrow('sk-secret');
});

it.each<Record<string, string>>([
  openai,
  { ...openai, RESPONDER_KEY: 'sk-secret' },
  { RESPONDER: 'openai', RESPONDER_MODEL: 'gpt-5-mini', RESPONDER_KEY: 'sk-secret' },
  { RESPONDER: 'http', RESPONDER_URL: 'http://localhost:8080' },
  { RESPONDER: 'http', RESPONDER_URL: 'http://localhost:8080', RESPONDER_KEY: 'whsec_c2VjcmV0IG9mIHRoZSBleGFtcGxl' },
  { ...bedrock, AWS_REGION: 'eu-west-1' },
  bedrock,
  { RESPONDER_SECONDS: '60', RESPONDER_FAILURE_TEXT: 'Not now.' },
])('%j is accepted', (environment) => {
  expect(readSettings(environment)).toMatchObject({ RESPONDER: environment.RESPONDER ?? 'echo' });
});
