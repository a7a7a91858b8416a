/** Sends the application's messages, and returns promises of their answers. */
import { GrowingReply } from './chat-reply';
import { errorOf, type Message } from './message';
import type { Outbox } from './outbox';
import { SwitchboardError } from './switchboard-error';
import type {
  ChatOptions,
  ChatReply,
  ChatResponse,
  Frame,
  JsonObject,
  SendOptions,
  ToolDescription,
  ToolResponse,
} from './types';

export interface RequestsDependencies {
  outbox: Outbox;
  newId(): string;
  /** Reports an error that no promise carries. */
  failed(error: unknown): void;
}

export class Requests {
  readonly #dependencies: RequestsDependencies;

  constructor(dependencies: RequestsDependencies) {
    this.#dependencies = dependencies;
  }

  chat(content: string, { role, onText, stream, signal }: ChatOptions): ChatReply {
    const { outbox, newId, failed } = this.#dependencies;
    const messageId = newId();
    const reply = new GrowingReply({ onText, failed, cancel: () => outbox.cancel(messageId) });
    const data = { content, role, stream: onText || stream ? true : undefined };
    const message = {
      type: 'chat_message',
      data,
      answers: ['chat_response'],
      onProgress: (frame: Frame) => reply.progress(frame),
    };
    const answer = this.send(message, signal, messageId).then((frame) => frame.data as unknown as ChatResponse);
    return reply.follow(answer);
  }

  /** @throws SwitchboardError with the code of a failed tool */
  async callTool(toolName: string, params: JsonObject, { signal }: SendOptions): Promise<ToolResponse> {
    const message = { type: 'tool_call', data: { tool_name: toolName, params }, answers: ['tool_response'] };
    const { data } = await this.send(message, signal);
    if (data.status === 'failed') throw errorOf(data.error);
    return { toolName: String(data.tool_name ?? toolName), result: data.result, simulated: data.simulated === true };
  }

  registerTools(tools: readonly ToolDescription[], { signal }: SendOptions): Promise<Frame> {
    const said = tools.map(({ inputSchema, ...tool }) => ({ input_schema: inputSchema, ...tool }));
    return this.send({ type: 'register_tools', data: { tools: said }, answers: ['tools_registered'] }, signal);
  }

  send(
    message: Omit<Message, 'messageId'>,
    signal: AbortSignal | undefined,
    messageId = this.#dependencies.newId(),
  ): Promise<Frame> {
    const { outbox } = this.#dependencies;
    const aborted = () => new SwitchboardError('aborted', 'The signal aborted.');
    const abort = () => outbox.fail(messageId, aborted());
    const answer = new Promise<Frame>((resolve, reject) => {
      if (signal?.aborted) throw aborted();
      outbox.add({ ...message, messageId, resolve, reject });
      signal?.addEventListener('abort', abort, { once: true });
    });
    return answer.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** The result of a tool is a message like any other, but nobody waits for its answer. */
  respond(data: JsonObject, replyTo: string | undefined): void {
    const message = { type: 'tool_response', data, replyTo, answers: ['tool_response_accepted'] };
    this.send(message, undefined).catch((error) => {
      if (error.code !== 'closed') this.#dependencies.failed(error);
    });
  }
}
