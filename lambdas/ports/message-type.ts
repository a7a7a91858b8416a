/** The interface of message types. */
import type * as z from 'zod/mini';
import type { ServerMessage } from '../protocol/server-messages';
import type { HandlerContext } from './handler-context';
import type { Awaitable } from './runtime';

/** Undefined for no reply. */
export type Reply = ServerMessage | undefined;

/** What a handler returns: its reply, or a generator that yields messages to send immediately and returns the reply. */
export type Handled =
  | Awaitable<Reply>
  | Generator<ServerMessage, Awaitable<Reply>>
  | AsyncGenerator<ServerMessage, Reply>;

/**
 * A type of message that clients send. Your own types are in `lambdas/app/message-types.ts`.
 *
 * @example
 * export const messageTypes = {
 *   rating: defineMessageType({
 *     schema: clientMessage('rating', z.object({ stars: z.int().check(z.minimum(1), z.maximum(5)) }), {
 *       id: 'Rating',
 *       description: 'Rates the service. Answered by `rating_saved`.',
 *     }),
 *     keptInHistory: true,
 *     async *handle({ data: { stars } }, { log }) {
 *       yield processing();
 *       log.info('rated', { stars });
 *       return { type: 'rating_saved', data: { stars } };
 *     },
 *   }),
 * };
 */
export interface MessageType<Schema extends z.core.$ZodType = z.core.$ZodType> {
  /** Schema of the whole message, made with `clientMessage`. */
  schema: Schema;
  /** Whether the message and its reply are stored in the client's history. */
  keptInHistory: boolean;
  /** Throw a ProtocolError to answer with an error for the client; any other error becomes `internal_error`. */
  handle(message: z.output<Schema>, context: HandlerContext): Handled;
}

/** Message types by their `type`. */
export type MessageTypes = Readonly<Record<string, MessageType>>;

/** Checks a message type's types; does nothing at run time. */
export function defineMessageType<Schema extends z.core.$ZodType>(type: MessageType<Schema>): MessageType {
  return type as unknown as MessageType;
}
