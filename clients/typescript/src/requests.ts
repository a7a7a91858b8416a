/** Messages as promises: what the application asks, and what comes of it. */
import { errorOf, type Message } from './message';
import type { Outbox } from './outbox';
import { StreamedText } from './streamed-text';
import { SwitchboardError } from './switchboard-error';
import type { ChatOptions, ChatResponse, Frame, JsonObject, SendOptions, ToolDescription, ToolResponse } from './types';

export interface RequestsDependencies {
  outbox: Outbox;
  newId(): string;
  /** Something failed for which nobody waits. */
  failed(error: unknown): void;
}

export class Requests {
  readonly #dependencies: RequestsDependencies;

  constructor(dependencies: RequestsDependencies) {
    this.#dependencies = dependencies;
  }

  async chat(content: string, { role, onText, signal }: ChatOptions): Promise<ChatResponse> {
    const text = new StreamedText();
    const onProgress = onText && ((frame: Frame) => this.#grow(text, frame, onText));
    const data = { content, role, stream: onText ? true : undefined };
    const reply = await this.send({ type: 'chat_message', data, answers: ['chat_response'], onProgress }, signal);
    return reply.data as unknown as ChatResponse;
  }

  /** @throws SwitchboardError with the code of a tool that failed */
  async callTool(toolName: string, params: JsonObject, { signal }: SendOptions): Promise<ToolResponse> {
    const message = { type: 'tool_call', data: { tool_name: toolName, params }, answers: ['tool_response'] };
    const { data } = await this.send(message, signal);
    if (data.status === 'failed') throw errorOf(data.error);
    return { toolName: String(data.tool_name ?? toolName), result: data.result, simulated: data.simulated === true };
  }

  registerTools(tools: readonly ToolDescription[], { signal }: SendOptions): Promise<Frame> {
    const said = tools.map(({ name, description, inputSchema }) => ({ name, description, input_schema: inputSchema }));
    return this.send({ type: 'register_tools', data: { tools: said }, answers: ['tools_registered'] }, signal);
  }

  send(message: Omit<Message, 'messageId'>, signal: AbortSignal | undefined): Promise<Frame> {
    const { outbox, newId } = this.#dependencies;
    const messageId = newId();
    const aborted = () => new SwitchboardError('aborted', 'The signal aborted.');
    const abort = () => outbox.fail(messageId, aborted());
    const answer = new Promise<Frame>((resolve, reject) => {
      if (signal?.aborted) throw aborted();
      outbox.add({ ...message, messageId, resolve, reject });
      signal?.addEventListener('abort', abort, { once: true });
    });
    return answer.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** The result of a tool is a message like others, but nobody waits for its answer. */
  respond(data: JsonObject, replyTo: string | undefined): void {
    const message = { type: 'tool_response', data, replyTo, answers: ['tool_response_accepted'] };
    this.send(message, undefined).catch((error) => {
      if (error.code !== 'closed') this.#dependencies.failed(error);
    });
  }

  #grow(text: StreamedText, { type, data }: Frame, onText: (text: string) => void): void {
    const soFar = type === 'chat_delta' ? text.add(data) : undefined;
    if (soFar === undefined) return;
    try {
      onText(soFar);
    } catch (error) {
      this.#dependencies.failed(error);
    }
  }
}
