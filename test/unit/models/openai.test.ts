/** Requests to an endpoint that speaks OpenAI's chat completions. */
import { modelSettingsFrom } from '../../../lambdas/models/model-settings';
import { createOpenAiModel } from '../../../lambdas/models/openai';

/** The body of the request to an endpoint that ends its answer at once. */
async function requestTo(url: string): Promise<Record<string, unknown>> {
  const bodies: string[] = [];
  const fetch = async (_url: unknown, init?: RequestInit) => {
    bodies.push(String(init?.body));
    return new Response('data: [DONE]\n\n', { headers: { 'content-type': 'text/event-stream' } });
  };
  const variables = { RESPONDER: 'openai', RESPONDER_URL: url, RESPONDER_MODEL: 'm-1', RESPONDER_MAX_TOKENS: '512' };
  const model = createOpenAiModel(modelSettingsFrom(variables, 'echo'), 'key', fetch);
  const { signal } = new AbortController();
  await expect(model.answer({ system: '', turns: [], tools: [], signal }).next()).rejects.toThrow('finish_reason');
  return JSON.parse(bodies[0] ?? '');
}

describe('the token limit', () => {
  it.each(['', 'https://api.openai.com/v1', 'https://team.openai.azure.com/openai/v1'])(
    'has the parameter name of OpenAI’s models at "%s"',
    async (url) => {
      const body = await requestTo(url);
      expect([body.max_completion_tokens, body.max_tokens]).toEqual([512, undefined]);
    },
  );

  it.each(['http://localhost:11434/v1', 'https://notopenai.com/v1', 'https://openai.com.example.com/v1'])(
    'has the parameter name of all other models at "%s"',
    async (url) => {
      const body = await requestTo(url);
      expect([body.max_tokens, body.max_completion_tokens]).toEqual([512, undefined]);
    },
  );
});
