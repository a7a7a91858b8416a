/** Who answers chat messages. */
import type { HandlerContext } from './handler-context';

export interface ChatRequest {
  content: string;
  /** As the client gave it; `user` where it gave none. */
  role: string;
}

/**
 * Answers chat messages. Replace the one in `lambdas/app/responder.ts`.
 *
 * @example
 * export const responder: Responder = {
 *   model: 'shout',
 *   respond: ({ content }) => content.toUpperCase(),
 * };
 *
 * @example A reply that streams: a client that asked for it gets each piece at once, every client gets the whole.
 * export const responder: Responder = {
 *   model: 'slow',
 *   async *respond({ content }) {
 *     for (const word of content.split(' ')) yield `${word} `;
 *   },
 * };
 */
export interface Responder {
  /** Named in every `chat_response`. */
  model: string;
  /**
   * The content of the answer: whole, or in pieces. On AWS it has 27 seconds (API Gateway waits 29).
   * What it throws is logged; the client gets `internal_error`.
   */
  respond(request: ChatRequest, context: HandlerContext): string | Promise<string> | AsyncIterable<string>;
}
