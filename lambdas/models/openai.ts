/** Models behind any endpoint with OpenAI's chat completions API: OpenAI, Ollama, vLLM, LiteLLM, and many more. */
import OpenAI from 'openai';
import { isJsonObject, type JsonObject, parseJson } from '../protocol/json';
import { askUntilAccepted, patienceOf, patientFetch } from './ask';
import type { Turn, WantedCall } from './conversation';
import { ModelError, modelErrorFrom } from './model-error';
import type { Model, Round } from './model-responder';
import type { ModelSettings } from './model-settings';

type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;
type ChunkCall = OpenAI.Chat.Completions.ChatCompletionChunk.Choice.Delta.ToolCall;

const NAME = "the model's endpoint";

interface WantedPart {
  id: string;
  name: string;
  text: string;
}

/** Tool calls per answer; OpenAI's own models never make as many. */
const MAX_CALLS = 128;

/**
 * @param apiKey  undefined for an endpoint without authentication
 */
export function createOpenAiModel(
  settings: ModelSettings,
  apiKey: string | undefined,
  fetch = patientFetch(settings),
): Model {
  const client = new OpenAI({
    apiKey: apiKey ?? 'none',
    baseURL: settings.url === '' ? 'https://api.openai.com/v1' : settings.url,
    organization: null, // otherwise the SDK reads both from the environment
    project: null,
    timeout: patienceOf(settings),
    maxRetries: 0, // the SDK would also ask again after a time-out or a broken connection
    fetch,
    logLevel: 'off', // the SDK would log message contents
  });

  return {
    async *answer({ system, turns, tools, signal }) {
      const wanted: WantedPart[] = [];
      let isComplete = false;
      try {
        const question = {
          model: settings.model,
          messages: messagesOf(system, turns),
          ...limitOf(settings),
          stream: true as const,
          ...(tools.length > 0 && { tools: tools.map(functionOf) }),
        };
        const ask = async () => client.chat.completions.create(question, { signal });
        const chunks = await askUntilAccepted(ask, signal);
        for await (const { choices } of chunks) {
          const [choice] = choices ?? [];
          isComplete ||= typeof choice?.finish_reason === 'string';
          const { content, tool_calls: calls } = choice?.delta ?? {};
          if (content) yield content;
          for (const call of calls ?? []) addTo(wanted, call);
        }
      } catch (error) {
        if (signal.aborted) return [];
        throw modelErrorFrom(error, NAME);
      }
      if (!isComplete) throw new ModelError(`${NAME} ended its answer without finish_reason`); // cut off, or not an event stream at all
      if (wanted.includes(undefined as never)) throw new ModelError(`${NAME} skipped a tool call`);
      return wanted.map((call) => ({ ...call, params: paramsOf(call.text) }) satisfies WantedCall);
    },
  };
}

/** OpenAI's own models reject `max_tokens`; most compatible endpoints know only that. */
function limitOf({ url, maxTokens }: ModelSettings) {
  const isOpenAi = url === '' || /(^|\.)openai(\.azure)?\.com$/.test(new URL(url).hostname);
  return isOpenAi ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
}

/**
 * Adds a piece of a tool call. Some compatible endpoints write null for omitted fields, repeat the id in each piece, or omit the index of
 * a call that comes in one piece.
 */
function addTo(wanted: WantedPart[], { index, id, function: called }: ChunkCall): void {
  const at = index ?? wanted.length;
  if (!(at >= 0 && at < MAX_CALLS)) throw new ModelError(`${NAME} numbered a tool call ${Number(at)}`);
  wanted[at] ??= { id: '', name: '', text: '' };
  wanted[at].id ||= id ?? '';
  wanted[at].name += called?.name ?? '';
  wanted[at].text += called?.arguments ?? '';
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
    const value = parseJson(text === '' ? '{}' : text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
