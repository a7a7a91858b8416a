/** The interface for answering chat messages. */
import type { HandlerContext } from './handler-context';

export interface ChatRequest {
  content: string;
  /** The role in the message; default `user`. */
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
 * @example A streamed reply: clients that asked for streaming see the text grow; every client gets the whole.
 * export const responder: Responder = {
 *   model: 'slow',
 *   async *respond({ content }) {
 *     for (const word of content.split(' ')) yield `${word} `;
 *   },
 * };
 */
export interface Responder {
  /** Model name in every `chat_response`. */
  model: string;
  /**
   * True for a responder that answers immediately and loads no SDK: it runs in the message handler, and its replies do not stream. Any
   * other responder runs in its own task, where a reply may take `RESPONDER_SECONDS`.
   */
  inline?: boolean;
  /** Content of a failed reply. If omitted, the content is what was generated before the failure. */
  failureText?: string;
  /**
   * Returns the answer, whole or in pieces of any size. Errors are logged; the client then gets a `chat_response` with the status
   * `failed`, or `internal_error` from an inline responder.
   */
  respond(request: ChatRequest, context: HandlerContext): string | Promise<string> | AsyncIterable<string>;
}

export function isStream(answer: string | Promise<string> | AsyncIterable<string>): answer is AsyncIterable<string> {
  return typeof answer === 'object' && Symbol.asyncIterator in answer;
}
