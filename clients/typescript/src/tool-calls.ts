/** Calls from the server: runs the handler of a tool once, and sends its progress and result (R50 to R52, R61, R62). */
import { SwitchboardError } from './switchboard-error';
import type { Frame, JsonObject, ToolCall, ToolHandler, ToolProgress, Unsubscribe } from './types';
import { isObject, textOf } from './wire';

/** Number of calls to remember. */
const KNOWN_CALLS = 1_000;

export class ToolCalls {
  /** A Map, so that `constructor` is not a known name. */
  readonly #handlers = new Map<string, ToolHandler>();
  readonly #running = new Map<string, AbortController>();
  /** Ids of calls that were given to a handler, oldest first. */
  readonly #known = new Set<string>();
  readonly #respond: (data: JsonObject, replyTo: string | undefined) => void;
  readonly #tell: (progress: JsonObject) => void;

  constructor(respond: (data: JsonObject, replyTo: string | undefined) => void, tell: (progress: JsonObject) => void) {
    this.#respond = respond;
    this.#tell = tell;
  }

  on(toolName: string, handler: ToolHandler): Unsubscribe {
    this.#handlers.set(toolName, handler);
    return () => {
      if (this.#handlers.get(toolName) === handler) this.#handlers.delete(toolName);
    };
  }

  async run({ data, messageId }: Frame): Promise<void> {
    const callId = textOf(data.call_id);
    if (callId !== undefined && this.#isKnown(callId)) return;
    const outcome = await this.#outcomeOf(data, callId);
    if (callId !== undefined && outcome) this.#respond({ call_id: callId, ...outcome }, messageId);
  }

  cancel(data: JsonObject): void {
    this.#running.get(String(data.call_id))?.abort();
  }

  /** Tells every handler to stop; nothing is sent. */
  stop(): void {
    const controllers = [...this.#running.values()];
    this.#running.clear();
    for (const controller of controllers) controller.abort();
  }

  /** True for a known call; otherwise records it. */
  #isKnown(callId: string): boolean {
    if (this.#known.has(callId)) return true;
    this.#known.add(callId);
    const [oldest] = this.#known;
    if (this.#known.size > KNOWN_CALLS && oldest !== undefined) this.#known.delete(oldest);
    return false;
  }

  /** Undefined if the client was closed meanwhile. */
  async #outcomeOf(data: JsonObject, callId: string | undefined): Promise<JsonObject | undefined> {
    const toolName = textOf(data.tool_name) ?? '';
    const params = isObject(data.params) ? data.params : {};
    const handler = this.#handlers.get(toolName);
    const controller = new AbortController();
    const key = callId ?? `no id ${toolName}`;
    if (callId !== undefined) this.#running.set(key, controller);
    const progress = (progress: number, { total, message }: ToolProgress = {}) => {
      if (this.#running.get(key) === controller) this.#tell({ call_id: callId, progress, total, message });
    };
    const { signal } = controller;
    const call: ToolCall = { toolName, params, callId, deadline: textOf(data.deadline), signal, progress };
    try {
      if (!handler) throw new SwitchboardError('unknown_tool', `This client has no tool ${toolName}.`);
      const result = await handler(params, call);
      return this.#isOver(key, controller, callId) ? undefined : { status: 'completed', result: result ?? null };
    } catch (error) {
      return this.#isOver(key, controller, callId) ? undefined : { status: 'failed', error: failureOf(error) };
    }
  }

  #isOver(key: string, controller: AbortController, callId: string | undefined): boolean {
    if (callId === undefined || this.#running.get(key) !== controller) return true;
    this.#running.delete(key);
    return false;
  }
}

function failureOf(error: unknown): JsonObject {
  const { code, message } = isObject(error) ? error : ({} as JsonObject);
  return { code: textOf(code) ?? 'tool_failed', message: textOf(message) ?? 'The tool failed.' };
}
