/** Schemas of what the server sends, one a message type: for the descriptions, and for whoever holds frames against them. */
import * as z from 'zod';
import { ERROR_CODES } from './errors';
import { timestamp, uuid } from './formats';
import { PROTOCOL_VERSION } from './limits';
import { jsonObject, messageId } from './schemas';

function frame<Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  return z.object({
    type: z.literal(type),
    data,
    message_id: uuid,
    timestamp,
    reply_to: z.optional(messageId).meta({ description: 'The `message_id` of the message that this answers.' }),
  });
}

export const serverMessages = {
  connection_established: frame(
    'connection_established',
    z.object({
      client_id: uuid,
      server_time: timestamp,
      protocol: z.literal(PROTOCOL_VERSION),
      heartbeat_seconds: z.int(),
      max_message_bytes: z.int(),
    }),
  ).meta({
    id: 'ConnectionEstablished',
    description: 'Says who the client is. Sent once, soon after connecting; an answer or a push may come before it.',
  }),
  pong: frame('pong', z.object({ timestamp })).meta({ id: 'Pong', description: 'Answers `ping`.' }),
  processing: frame('processing', z.object({ status: z.literal('processing') })).meta({
    id: 'Processing',
    description: 'The chat message has arrived; its `chat_response` follows.',
  }),
  chat_response: frame(
    'chat_response',
    z.object({ content: z.string(), status: z.literal('completed'), model: z.string() }),
  ).meta({ id: 'ChatResponse', description: 'Answers `chat_message`.' }),
  tool_response: frame(
    'tool_response',
    z.object({
      tool_name: z.string(),
      params: jsonObject,
      result: z.unknown().meta({ description: 'What the tool gave; null where it failed.' }),
      status: z.enum(['completed', 'failed']),
      error: z.object({ code: z.string(), message: z.string() }).optional(),
      simulated: z.literal(true).optional().meta({ description: 'Nobody registered a tool of this name.' }),
    }),
  ).meta({ id: 'ToolResponse', description: 'Answers `tool_call`.' }),
  error: frame(
    'error',
    z.object({
      error: z.string().meta({ description: 'A sentence for people.' }),
      code: z.enum(ERROR_CODES),
      details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    }),
  ).meta({ id: 'Error', description: 'The message could not be handled. The connection stays open.' }),
  chat_message: frame('chat_message', z.object({ content: z.string(), from_api: z.literal(true) })).meta({
    id: 'PushedChatMessage',
    description: 'Sent by the team, over `POST /send_message`.',
  }),
  tool_call: frame(
    'tool_call',
    z.object({ tool_name: z.string(), params: jsonObject, from_api: z.literal(true) }),
  ).meta({ id: 'PushedToolCall', description: 'A tool called on the client, over `POST /call_tool`.' }),
  broadcast: z.object({ type: z.string(), data: jsonObject, message_id: uuid, timestamp }).meta({
    id: 'Broadcast',
    description: 'Sent to everybody, over `POST /broadcast`, which names its type and data.',
  }),
} as const;
