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
 * @example A reply that streams: a client that asked for it sees the text grow, every client gets the whole.
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
   * True for one that answers at once and loads no SDK: it runs where the message is handled, and its replies do not stream. Any other
   * runs in a task of its own, where a reply may take 14 minutes.
   */
  inline?: boolean;
  /** What the client gets as the content of a reply that failed. Without it the content is what there was until then. */
  failureText?: string;
  /**
   * The content of the answer: whole, or in pieces, as small as they come. What it throws is logged; the client gets a `chat_response`
   * with the status `failed`, and from an inline responder `internal_error`.
   */
  respond(request: ChatRequest, context: HandlerContext): string | Promise<string> | AsyncIterable<string>;
}

export function isStream(answer: string | Promise<string> | AsyncIterable<string>): answer is AsyncIterable<string> {
  return typeof answer === 'object' && Symbol.asyncIterator in answer;
}
