/** What a message type is. One file a type in this folder, and a row in `table.ts`. */
import type * as z from 'zod/mini';
import type { ServerMessage } from '../protocol/server-messages';
import type { Clock } from '../runtime';
import type { CallTool } from '../tools/call-tool';
import type { Responder } from './responder';

/** What a handler may use beside the message itself. */
export interface MessageContext {
  clientId: string;
  clock: Clock;
  responder: Responder;
  callTool: CallTool;
}

/** A type of message that clients send. */
export interface MessageType<Schema extends z.core.$ZodType = z.core.$ZodType> {
  /** The whole message, from `protocol/client-messages.ts`. */
  schema: Schema;
  /** True where the message and its reply belong to the client's history. */
  keptInHistory: boolean;
  /** What the client gets at once, while `handle` works. */
  acknowledge?(): ServerMessage;
  /** The reply. Throw a ProtocolError to answer with an error that the client may read. */
  handle(message: z.output<Schema>, context: MessageContext): ServerMessage | Promise<ServerMessage>;
}

/** Checks a message type's types; does nothing at run time. */
export function defineMessageType<Schema extends z.core.$ZodType>(type: MessageType<Schema>): MessageType {
  return type as unknown as MessageType;
}
