/**
 * What clients send: one schema a message type, and the one place where the wire's snake_case becomes camelCase.
 * To add a type, add its `data` schema here, a handler file in `messages/`, and a row in `messages/table.ts`.
 */
import * as z from 'zod';
import { jsonObject, messageId, shortName } from './schemas';

const calendarDate = String.raw`\d{4}(?:-?\d{2}-?\d{2}|-?W\d{2}(?:-?\d)?|-?\d{3}|-\d{2})`;
const timeOfDay = String.raw`\d{2}(?::?\d{2}(?::?\d{2})?)?(?:[.,]\d+)?(?: ?(?:Z|[+-]\d{2}(?::?\d{2})?))?`;
const iso8601 = new RegExp(`^${calendarDate}(?:[T ]${timeOfDay})?$`, 'i');

/** The fields that every client message may carry beside `type` and `data`. */
const envelope = z.object({
  message_id: messageId.optional(),
  timestamp: z
    .string()
    .regex(iso8601, 'Invalid input: expected an ISO-8601 date and time, such as 2024-01-01T00:00:00Z')
    .optional()
    .meta({ description: "The client's clock. Kept by nobody and never trusted." }),
});

const chatMessageData = z.object({
  content: z.string(),
  role: z.string().optional(),
});

const toolCallData = z
  .object({ tool_name: shortName, params: jsonObject.optional() })
  .transform(({ tool_name, params }) => ({ toolName: tool_name, params: params ?? {} }));

const pingData = jsonObject.optional();

function message<Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  return envelope.extend({ type: z.literal(type), data });
}

export const chatMessage = message('chat_message', chatMessageData).meta({
  id: 'ChatMessage',
  description: 'Something said. Answered by `processing`, then `chat_response`.',
});
export const toolCall = message('tool_call', toolCallData).meta({
  id: 'ToolCall',
  description: 'Calls a tool by its name. Answered by `tool_response`.',
});
export const ping = message('ping', pingData).meta({
  id: 'Ping',
  description: 'Keeps the connection alive. Answered by `pong`.',
});

/** Everything a client may send, by its type; read by the message table and by AsyncAPI. */
export const clientMessages = {
  chat_message: chatMessage,
  tool_call: toolCall,
  ping,
} as const;
