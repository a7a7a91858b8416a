/** Amazon Bedrock models, over ConverseStream. */
import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  type ContentBlock,
  ConverseStreamCommand,
  type Message,
  type Tool,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { askUntilAccepted, patienceOf } from '../models/ask';
import type { Turn, WantedCall } from '../models/conversation';
import { ModelError, modelErrorFrom } from '../models/model-error';
import type { Model, Round } from '../models/model-responder';
import type { ModelSettings } from '../models/model-settings';
import { exactWritten, isJsonObject, type JsonObject, parseJson } from '../protocol/json';
import { requestHandler } from './sdk-clients';

/** Milliseconds to connect. */
const CONNECT_TIMEOUT = 5_000;

/** The SDK's type for a JSON value. */
type Document = Extract<NonNullable<NonNullable<Tool['toolSpec']>['inputSchema']>, { json: unknown }>['json'];

export function createBedrockModel(settings: ModelSettings, options: BedrockRuntimeClientConfig = {}): Model {
  const endpoint = settings.url === '' ? {} : { endpoint: settings.url };
  const handler = new NodeHttpHandler(requestHandler(patienceOf(settings), CONNECT_TIMEOUT));
  const client = new BedrockRuntimeClient({ requestHandler: handler, maxAttempts: 1, ...endpoint, ...options });
  writeExactNumbers(client);

  return {
    async *answer({ system, turns, tools, signal }) {
      const wanted: { id: string; name: string; text: string }[] = [];
      let isComplete = false;
      try {
        const question = new ConverseStreamCommand({
          modelId: settings.model,
          messages: messagesOf(turns),
          ...(system !== '' && { system: [{ text: system }] }),
          inferenceConfig: { maxTokens: settings.maxTokens },
          ...toolConfigOf(tools, turns),
        });
        const ask = () => client.send(question, { abortSignal: signal });
        const { stream = [] } = await askUntilAccepted(ask, signal);
        for await (const { contentBlockStart, contentBlockDelta, messageStop } of stream) {
          isComplete ||= messageStop !== undefined;
          const { toolUse } = contentBlockStart?.start ?? {};
          if (toolUse) wanted.push({ id: toolUse.toolUseId ?? '', name: toolUse.name ?? '', text: '' });
          const { text, toolUse: more } = contentBlockDelta?.delta ?? {};
          if (text) yield text;
          const last = wanted.at(-1);
          if (last) last.text += more?.input ?? '';
        }
      } catch (error) {
        if (signal.aborted) return [];
        throw modelErrorFrom(error, 'Bedrock');
      }
      if (!isComplete) throw new ModelError('Bedrock ended its answer without messageStop');
      return wanted.map((call) => ({ ...call, params: paramsOf(call.text) }) satisfies WantedCall);
    },
  };
}

/** The SDK's documents have no numbers beyond a double. Such a number is given to it as a marked text, which `writeExactNumbers` finds. */
function documentOf(value: JsonObject): Document {
  return JSON.parse(JSON.stringify(value));
}

/** Writes marked numbers digit for digit: before the SDK measures and signs the request. */
function writeExactNumbers({ middlewareStack }: BedrockRuntimeClient): void {
  middlewareStack.add(
    (next) => (given) => {
      const request = given.request as { body: Uint8Array };
      request.body = new TextEncoder().encode(exactWritten(new TextDecoder().decode(request.body)));
      return next(given);
    },
    { name: 'writeExactNumbers', step: 'build', priority: 'high' },
  );
}

function messagesOf(turns: readonly Turn[]): Message[] {
  return turns.flatMap((turn): Message[] => {
    if (turn.role !== 'calls') return [{ role: turn.role, content: [{ text: turn.content }] }];
    const uses = turn.calls.map(
      ({ id, name, params = {} }): ContentBlock => ({
        toolUse: { toolUseId: id, name, input: documentOf(params) },
      }),
    );
    const results = turn.calls.map(
      ({ id }, index): ContentBlock => ({
        toolResult: { toolUseId: id, content: [{ text: turn.results[index] ?? '' }] },
      }),
    );
    const said: ContentBlock[] = turn.content === '' ? [] : [{ text: turn.content }];
    return [
      { role: 'assistant', content: [...said, ...uses] },
      { role: 'user', content: results },
    ];
  });
}

/**
 * Bedrock requires the tool definitions if the conversation has tool calls, even if the model may not make any more. Their descriptions
 * then tell the model not to.
 */
function toolConfigOf(tools: Round['tools'], turns: readonly Turn[]): { toolConfig?: { tools: Tool[] } } {
  const used = turns.flatMap((turn) => (turn.role === 'calls' ? turn.calls.map(({ name }) => name) : []));
  const spec = (name: string, description: string, schema: JsonObject): Tool => ({
    toolSpec: { name, description, inputSchema: { json: documentOf(schema) } },
  });
  if (tools.length > 0) {
    return { toolConfig: { tools: tools.map((tool) => spec(tool.name, tool.description, tool.parameters)) } };
  }
  if (used.length === 0) return {};
  const names = [...new Set(used)];
  const noMore = 'Do not call this tool again: answer now.';
  return { toolConfig: { tools: names.map((name) => spec(name, noMore, { type: 'object' })) } };
}

function paramsOf(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text === '' ? '{}' : text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
