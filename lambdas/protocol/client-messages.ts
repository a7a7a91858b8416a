/**
 * What clients send: one schema a message type, and the one place where the wire's snake_case becomes camelCase.
 * To add a type, add its `data` schema here, a handler file in `messages/`, and a row in `messages/table.ts`.
 */
import * as z from 'zod/mini';
import { jsonObject, messageId, shortName } from './schemas';

const calendarDate = String.raw`\d{4}(?:-?\d{2}-?\d{2}|-?W\d{2}(?:-?\d)?|-?\d{3}|-\d{2})`;
const timeOfDay = String.raw`\d{2}(?::?\d{2}(?::?\d{2})?)?(?:[.,]\d+)?(?: ?(?:Z|[+-]\d{2}(?::?\d{2})?))?`;
const iso8601 = new RegExp(`^${calendarDate}(?:[T ]${timeOfDay})?$`, 'i');
const notIso8601 = 'Invalid input: expected an ISO-8601 date and time, such as 2024-01-01T00:00:00Z';

/** The fields that every client message may carry beside `type` and `data`. */
const envelope = z.object({
  message_id: z.optional(messageId),
  timestamp: z
    .optional(z.string().check(z.regex(iso8601, notIso8601)))
    .register(z.globalRegistry, { description: "The client's clock. Kept by nobody and never trusted." }),
});

const chatMessageData = z.object({
  content: z.string(),
  role: z.optional(z.string()),
});

const toolCallData = z.pipe(
  z.object({ tool_name: shortName, params: z.optional(jsonObject) }),
  z.transform(({ tool_name, params }) => ({ toolName: tool_name, params: params ?? {} })),
);

const pingData = z.optional(jsonObject);

function message<Type extends string, Data extends z.ZodMiniType>(type: Type, data: Data, about: z.core.GlobalMeta) {
  return z.extend(envelope, { type: z.literal(type), data }).register(z.globalRegistry, about);
}

export const chatMessage = message('chat_message', chatMessageData, {
  id: 'ChatMessage',
  description: 'Something said. Answered by `processing`, then `chat_response`.',
});
export const toolCall = message('tool_call', toolCallData, {
  id: 'ToolCall',
  description: 'Calls a tool by its name. Answered by `tool_response`.',
});
export const ping = message('ping', pingData, {
  id: 'Ping',
  description: 'Keeps the connection alive. Answered by `pong`.',
});

/** Everything a client may send, by its type; read by the message table and by AsyncAPI. */
export const clientMessages = {
  chat_message: chatMessage,
  tool_call: toolCall,
  ping,
} as const;
