/** Models behind an endpoint that speaks OpenAI's chat completions: OpenAI's own, Ollama, vLLM, LiteLLM, and many more. */
import OpenAI from 'openai';
import { isJsonObject, type JsonObject, parseJson, withPlainNumbers } from '../protocol/json';
import type { Turn, WantedCall } from './conversation';
import { ModelError, modelErrorFrom } from './model-error';
import type { Model, Round } from './model-responder';
import type { ModelSettings } from './model-settings';

type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

const NAME = "the model's endpoint";

/** Milliseconds for the first byte of an answer; the whole has the reply's own limit. */
const TIMEOUT = 120_000;

/** @param apiKey  undefined for an endpoint that asks for none */
export function createOpenAiModel(settings: ModelSettings, apiKey: string | undefined): Model {
  const client = new OpenAI({
    apiKey: apiKey ?? 'none',
    baseURL: settings.url === '' ? 'https://api.openai.com/v1' : settings.url,
    organization: null, // or the SDK looks for them in the environment
    project: null,
    timeout: TIMEOUT,
    maxRetries: 2,
    logLevel: 'off', // it would log what is said
  });

  return {
    async *answer({ system, turns, tools, signal }) {
      const wanted: { id: string; name: string; text: string }[] = [];
      try {
        const chunks = await client.chat.completions.create(
          {
            model: settings.model,
            messages: messagesOf(system, turns),
            max_tokens: settings.maxTokens,
            stream: true,
            ...(tools.length > 0 && { tools: tools.map(functionOf) }),
          },
          { signal },
        );
        for await (const { choices } of chunks) {
          const { content, tool_calls: calls = [] } = choices[0]?.delta ?? {};
          if (content) yield content;
          for (const { index, id = '', function: called = {} } of calls) {
            wanted[index] ??= { id: '', name: '', text: '' };
            wanted[index].id += id;
            wanted[index].name += called.name ?? '';
            wanted[index].text += called.arguments ?? '';
          }
        }
      } catch (error) {
        if (signal.aborted) return [];
        throw modelErrorFrom(error, NAME);
      }
      if (wanted.length > 0 && wanted.includes(undefined as never)) throw new ModelError(`${NAME} skipped a tool call`);
      return wanted.map((call) => ({ ...call, params: paramsOf(call.text) }) satisfies WantedCall);
    },
  };
}

function messagesOf(system: string, turns: readonly Turn[]): Message[] {
  const messages = turns.flatMap((turn): Message[] => {
    if (turn.role !== 'calls') return [{ role: turn.role, content: turn.content }];
    const { content, calls, results } = turn;
    const tool_calls = calls.map(({ id, name, text }) => ({
      id,
      type: 'function' as const,
      function: { name, arguments: text },
    }));
    return [
      { role: 'assistant', ...(content !== '' && { content }), tool_calls },
      ...calls.map(({ id }, index): Message => ({ role: 'tool', tool_call_id: id, content: results[index] ?? '' })),
    ];
  });
  return system === '' ? messages : [{ role: 'system', content: system }, ...messages];
}

function functionOf({ name, description, parameters }: Round['tools'][number]) {
  return { type: 'function' as const, function: { name, description, parameters } };
}

function paramsOf(text: string): JsonObject | undefined {
  try {
    const value = withPlainNumbers(parseJson(text === '' ? '{}' : text));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
