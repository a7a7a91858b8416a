/** Replies in progress, each with its text so far. */
import type { HandlerContext } from '../../lambdas/ports/handler-context';
import { type ChatRequest, isStream, type Responder } from '../../lambdas/ports/responder';
import { type Clock, isoTime } from '../../lambdas/ports/runtime';

export interface RunningReply {
  id: number;
  /** ISO-8601. */
  since: string;
  question: string;
  /** Only for streaming responders; others have no text until the end. */
  content: string;
}

export class RunningReplies {
  readonly #clock: Clock;
  /** Called when a client's replies have changed or grown. */
  readonly #changed: (clientId: string) => void;
  readonly #byClient = new Map<string, Set<RunningReply>>();
  #lastId = 0;

  constructor(clock: Clock, changed: (clientId: string) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Oldest first. */
  of(clientId: string): RunningReply[] {
    return [...(this.#byClient.get(clientId) ?? [])];
  }

  /** Wraps the responder to track its answers until they end. */
  following(responder: Responder): Responder {
    return {
      ...responder,
      respond: (request, context) => {
        const answer = responder.respond(request, context);
        if (typeof answer === 'string') return answer;
        const reply = this.#begin(request, context);
        if (isStream(answer)) return this.#pieces(answer, reply, context);
        return answer.finally(() => this.#end(reply, context));
      },
    };
  }

  async *#pieces(answer: AsyncIterable<string>, reply: RunningReply, context: HandlerContext) {
    try {
      for await (const piece of answer) {
        reply.content += piece;
        this.#changed(context.clientId);
        yield piece;
      }
    } finally {
      this.#end(reply, context);
    }
  }

  #begin({ content: question }: ChatRequest, { clientId, signal }: HandlerContext): RunningReply {
    this.#lastId += 1;
    const reply = { id: this.#lastId, since: isoTime(this.#clock.now()), question, content: '' };
    const replies = this.#byClient.get(clientId) ?? new Set();
    this.#byClient.set(clientId, replies.add(reply));
    signal.addEventListener('abort', () => this.#end(reply, { clientId }), { once: true });
    this.#changed(clientId);
    return reply;
  }

  /** A cancelled reply may never end by itself, so this may be called twice. */
  #end(reply: RunningReply, { clientId }: Pick<HandlerContext, 'clientId'>): void {
    const replies = this.#byClient.get(clientId);
    if (!replies?.delete(reply)) return;
    if (replies.size === 0) this.#byClient.delete(clientId);
    this.#changed(clientId);
  }
}
