/**
 * What clients send: one schema a message type, and the one place where the wire's snake_case becomes camelCase.
 * A team's own types stand in `app/message-types.ts`.
 */
import * as z from 'zod/mini';
import { emptiableObject, givenMessageId, jsonObject, shortName } from './schemas';

/** The fields that every client message may carry beside `type` and `data`. Null is the same as absent. */
const envelope = z.object({
  message_id: z.nullish(givenMessageId),
  timestamp: z.optional(z.unknown()).register(z.globalRegistry, { description: "The client's clock. Ignored." }),
});

const chatMessageData = z.object({
  content: z.string().register(z.globalRegistry, { examples: ['Hello'] }),
  role: z.nullish(z.string()).register(z.globalRegistry, { examples: ['user'] }),
  stream: z.nullish(z.boolean()).register(z.globalRegistry, {
    description: 'Asks for `chat_delta` frames before the answer, where the answer is made piece by piece.',
  }),
});

const toolCallData = z.pipe(
  z.object({
    tool_name: shortName.check(z.meta({ examples: ['add'] })),
    params: z.nullish(emptiableObject).register(z.globalRegistry, { examples: [{ a: 1, b: 2 }] }),
  }),
  z.transform(({ tool_name, params }) => ({ toolName: tool_name, params: params ?? {} })),
);

const pingData = z.nullish(jsonObject); // null never gets here: the codec takes it away

/** The schema of a message type: the envelope with its `type` and `data`. */
export function clientMessage<Type extends string, Data extends z.ZodMiniType>(
  type: Type,
  data: Data,
  about: z.core.GlobalMeta,
) {
  return z.extend(envelope, { type: z.literal(type), data }).register(z.globalRegistry, about);
}

const chatMessage = clientMessage('chat_message', chatMessageData, {
  id: 'ChatMessage',
  description: 'Something said. Answered by `processing`, then `chat_response`.',
});
const toolCall = clientMessage('tool_call', toolCallData, {
  id: 'ToolCall',
  description: 'Calls a tool by its name. Answered by `tool_response`.',
});
const ping = clientMessage('ping', pingData, {
  id: 'Ping',
  description: 'Keeps the connection alive. Answered by `pong`.',
});

/** Everything a client may send, by its type; read by the message table and by AsyncAPI. */
export const clientMessages = {
  chat_message: chatMessage,
  tool_call: toolCall,
  ping,
} as const;
