/** A responder that asks a model, with the conversation so far and with tools. */
import type { HandlerContext } from '../ports/handler-context';
import type { ChatRequest } from '../ports/responder';
import type { Awaitable } from '../ports/runtime';
import type { OfferedTool } from '../ports/tool-source';
import type { JsonObject } from '../protocol/json';
import { stringifyJson } from '../protocol/json';
import type { ToolOutcome } from '../protocol/server-messages';
import { alternating, lastTurns, type Turn, type WantedCall } from './conversation';
import type { ModelSettings } from './model-settings';

export type CallTool = (name: string, params: JsonObject, context: HandlerContext) => Awaitable<ToolOutcome>;

/** Input of one model round. */
export interface Round {
  system: string;
  turns: readonly Turn[];
  tools: readonly OfferedTool[];
  signal: AbortSignal;
}

/** A vendor's model. @throws ModelError */
export interface Model {
  /** Yields the text of one round as it arrives. @returns tool calls that the model wants before it continues */
  answer(round: Round): AsyncGenerator<string, WantedCall[]>;
}

/** How often a model may call tools before it has to answer. Each round is a request with the whole conversation. */
export const MAX_TOOL_ROUNDS = 8;

/** Calls per round that are made; for further calls the model gets an error. */
const MAX_CALLS = 16;

export async function* respondWithModel(
  model: Model,
  { content }: ChatRequest,
  context: HandlerContext,
  { systemPrompt, historyMessages }: Pick<ModelSettings, 'systemPrompt' | 'historyMessages'>,
  tools: readonly OfferedTool[],
): AsyncGenerator<string, void> {
  const before = await lastTurns(context, historyMessages);
  const turns: Turn[] = alternating([...before, { role: 'user', content }]);
  for (let round = 0; ; round++) {
    const offered = round < MAX_TOOL_ROUNDS ? tools : [];
    let said = '';
    const pieces = model.answer({ system: systemPrompt, turns, tools: offered, signal: context.signal });
    let step = await pieces.next();
    for (; !step.done; step = await pieces.next()) {
      said += step.value;
      yield step.value;
    }
    const calls = step.value;
    if (calls.length === 0 || offered.length === 0 || context.signal.aborted) return;
    const results = await Promise.all(calls.map((call, index) => resultOf(call, index, tools, context)));
    turns.push({ role: 'calls', content: said, calls, results });
  }
}

/** Result of a tool call, as the model gets it. */
async function resultOf(
  { name, params }: WantedCall,
  index: number,
  tools: readonly OfferedTool[],
  context: HandlerContext,
): Promise<string> {
  const tool = tools.find((one) => one.name === name);
  if (!tool) return failure('unknown_tool', 'There is no tool of this name.');
  if (index >= MAX_CALLS) return failure('too_many_calls', `At most ${MAX_CALLS} calls at once.`);
  if (!params) return failure('invalid_params', 'params: expected a JSON object.');
  const outcome = await tool.call(params, context);
  return stringifyJson('error' in outcome ? { error: outcome.error } : { result: outcome.result ?? null });
}

function failure(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } });
}
