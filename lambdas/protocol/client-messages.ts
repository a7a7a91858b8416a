/**
 * What clients send: one schema per message type. This is the one place where the wire's snake_case becomes camelCase. A team's own types
 * are in `app/message-types.ts`.
 */
import * as z from 'zod/mini';
import { MAX_CALL_ID_LENGTH } from './call-id';
import type { JsonObject } from './json';
import {
  MAX_CLIENT_TOOL_DESCRIPTION_LENGTH,
  MAX_CLIENT_TOOL_NAME_LENGTH,
  MAX_CLIENT_TOOLS,
  MAX_PRESENCE_PAGE,
  MAX_PROGRESS_MESSAGE_LENGTH,
  MAX_SENDER_LENGTH,
} from './limits';
import { messageIdOf } from './marks';
import { canonicalName, isName } from './names';
import { emptiableObject, givenMessageId, jsonObject, shortName } from './schemas';
import { toolOutcomeOf } from './tool-outcome';

/**
 * Fields that every client message may have besides `type` and `data`. Null is the same as absent. Clients that do not use `sender`,
 * `sender_seq` and `ack` may use these names for anything, so they are validated in `marks.ts`, not here.
 */
const envelope = z.object({
  message_id: z.nullish(givenMessageId),
  timestamp: z.optional(z.unknown()).register(z.globalRegistry, { description: "The client's clock. Ignored." }),
  sender: z.optional(z.unknown()).register(z.globalRegistry, {
    type: 'string',
    minLength: 1,
    maxLength: MAX_SENDER_LENGTH,
    description: "Name of the client program's counter; use a new name if the program has lost its count.",
    examples: ['kQ3vX9aB'],
  }),
  sender_seq: z.optional(z.unknown()).register(z.globalRegistry, {
    type: 'integer',
    minimum: 1,
    description: 'Counts the messages of `sender`: 1, 2, 3 …. A message that is sent again is handled only once.',
    examples: [1],
  }),
  ack: z.optional(z.unknown()).register(z.globalRegistry, {
    type: 'integer',
    minimum: 0,
    description: 'The client has received everything up to this `seq`.',
    examples: [7],
  }),
});

const chatMessageData = z.object({
  content: z.string().register(z.globalRegistry, { examples: ['Hello'] }),
  role: z.nullish(z.string()).register(z.globalRegistry, { examples: ['user'] }),
  stream: z.nullish(z.boolean()).register(z.globalRegistry, {
    description: 'Asks for `chat_delta` frames while the answer is generated.',
  }),
});

const toolCallData = z.pipe(
  z.object({
    tool_name: shortName.check(z.meta({ examples: ['add'] })),
    params: z.nullish(emptiableObject).register(z.globalRegistry, { examples: [{ a: 1, b: 2 }] }),
  }),
  z.transform(({ tool_name, params }) => ({ toolName: tool_name, params: params ?? {} })),
);

const callId = z.nullish(z.string().check(z.minLength(1), z.maxLength(MAX_CALL_ID_LENGTH))).register(z.globalRegistry, {
  description: 'The `call_id` of the `tool_call`. If omitted, `reply_to` identifies the call.',
  examples: ['0mk1f3k2a9f3c-57-MGI5ZjdjOWU'],
});

const toolResponseData = z.pipe(
  z.object({
    call_id: callId,
    status: z
      .nullish(z.enum(['completed', 'failed']).register(z.globalRegistry, { id: 'ToolOutcome' }))
      .register(z.globalRegistry, {
        description: 'Default: `failed` with an `error`, otherwise `completed`.',
      }),
    result: z.optional(z.unknown()).register(z.globalRegistry, { description: 'Any JSON value.', examples: [3] }),
    error: z.optional(z.unknown()).register(z.globalRegistry, {
      description: 'The error: `{code, message}`, or a sentence.',
      examples: [{ code: 'no_such_page', message: 'There is no page 7.' }],
    }),
  }),
  z.transform((data) => ({ callId: data.call_id ?? undefined, status: toolOutcomeOf(data), said: data })),
);

const progressNumber = z.number().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER));

const toolProgressData = z.pipe(
  z.object({
    call_id: callId,
    progress: progressNumber.register(z.globalRegistry, {
      description: 'Current progress. Must increase; other values are dropped.',
      examples: [40],
    }),
    total: z.nullish(progressNumber).register(z.globalRegistry, { examples: [100] }),
    message: z.nullish(z.string().check(z.maxLength(MAX_PROGRESS_MESSAGE_LENGTH))).register(z.globalRegistry, {
      description: 'A sentence for people.',
      examples: ['Reading page 2'],
    }),
  }),
  z.transform(({ call_id, progress, total, message }) => ({
    callId: call_id ?? undefined,
    progress: {
      progress,
      ...(typeof total === 'number' && { total }),
      ...(typeof message === 'string' && { message }),
    },
  })),
);

const pingData = z.nullish(jsonObject); // never null here: the codec removes nulls

/** Schema of a message type: the envelope with its `type` and `data`. */
export function clientMessage<Type extends string, Data extends z.ZodMiniType>(
  type: Type,
  data: Data,
  about: z.core.GlobalMeta,
) {
  return z.extend(envelope, { type: z.literal(type), data }).register(z.globalRegistry, about);
}

const chatMessage = clientMessage('chat_message', chatMessageData, {
  id: 'ChatMessage',
  description: 'A chat message. Answered by `processing`, then `chat_response`.',
});
const toolCall = clientMessage('tool_call', toolCallData, {
  id: 'ToolCall',
  description: 'Calls a tool by name. Answered by `tool_response`.',
});
const ping = clientMessage('ping', pingData, {
  id: 'Ping',
  description: 'Keeps the connection alive. Answered by `pong`.',
});

const clientTool = z
  .object({
    name: z
      .string()
      .check(
        z.regex(
          new RegExp(`^[A-Za-z0-9_.-]{1,${MAX_CLIENT_TOOL_NAME_LENGTH}}$`),
          `Invalid input: expected 1 to ${MAX_CLIENT_TOOL_NAME_LENGTH} characters of A-Z, a-z, 0-9, "_", "." and "-"`,
        ),
      )
      .register(z.globalRegistry, { examples: ['open_page'] }),
    description: z
      .nullish(
        z
          .string()
          .check(
            z.maxLength(MAX_CLIENT_TOOL_DESCRIPTION_LENGTH),
            z.regex(/^[^\p{Cc}\p{Cs}]*$/u, 'Invalid input: expected a text without control characters'),
          ),
      )
      .register(z.globalRegistry, { examples: ['Opens a page.'] }),
    input_schema: z.nullish(jsonObject).register(z.globalRegistry, {
      description: 'JSON Schema of the params.',
      examples: [{ type: 'object', properties: { page: { type: 'integer' } } }],
    }),
  })
  .register(z.globalRegistry, { id: 'ClientTool' });

const registerTools = clientMessage(
  'register_tools',
  z.pipe(
    z.object({ tools: z.array(clientTool).check(z.maxLength(MAX_CLIENT_TOOLS)) }),
    z.transform(({ tools }) =>
      tools.map(({ name, description, input_schema: inputSchema }) => ({
        name,
        ...(typeof description === 'string' && { description }),
        ...(inputSchema && { inputSchema }),
      })),
    ),
  ),
  {
    id: 'RegisterTools',
    description: "Registers the client's tools, replacing earlier ones. Answered by `tools_registered`.",
  },
);
const listTools = clientMessage('list_tools', z.nullish(jsonObject), {
  id: 'ListTools',
  description: 'Asks which tools the server has. Answered by `tools`.',
});

/** Schema of a message that refers to a frame of the server. */
function about<Schema extends z.ZodMiniObject>(schema: Schema) {
  const said = z.globalRegistry.get(schema) as z.core.GlobalMeta;
  return z
    .extend(schema, {
      reply_to: z.nullish(givenMessageId).register(z.globalRegistry, {
        description: 'The `message_id` of the `tool_call`.',
      }),
    })
    .register(z.globalRegistry, said);
}

const toolResponse = about(
  clientMessage('tool_response', z.prefault(toolResponseData, {}), {
    id: 'ClientToolResponse',
    description: 'Answers a pushed `tool_call`. With a `message_id`, answered by `tool_response_accepted`.',
  }),
);
const toolProgress = about(
  clientMessage('tool_progress', toolProgressData, {
    id: 'ToolProgress',
    description: 'Reports progress of a pushed `tool_call`. Not answered.',
  }),
);
const cancel = clientMessage(
  'cancel',
  z.pipe(
    z.object({
      message_id: givenMessageId.check(z.meta({ examples: ['m-1'] })),
    }),
    z.transform((data) => ({ messageId: messageIdOf(data as JsonObject) ?? '' })),
  ),
  {
    id: 'Cancel',
    description:
      'Ends the answer to the `chat_message` that has this `message_id`: its `chat_response` has the status `cancelled`. Has no answer of its own.',
  },
);

const group = z
  .string()
  .check(z.refine(isName, 'Invalid input: expected 1 to 128 of a-z A-Z 0-9 . _ : -'))
  .register(z.globalRegistry, { examples: ['team-7'] });
const groupData = z.pipe(
  z.object({ group }),
  z.transform((data) => ({ group: canonicalName(data.group) })),
);
const join = clientMessage('join', groupData, {
  id: 'Join',
  description: "Joins a group that the client's token allows. Answered by `joined`.",
});
const leave = clientMessage('leave', groupData, {
  id: 'Leave',
  description: "Leaves a group that the client's token allows. Answered by `left`.",
});
const watchPresence = clientMessage(
  'watch_presence',
  z.pipe(
    z.object({
      group,
      limit: z.nullish(z.int().check(z.minimum(1), z.maximum(MAX_PRESENCE_PAGE))).register(z.globalRegistry, {
        description: `Members per page; default ${MAX_PRESENCE_PAGE}.`,
        examples: [50],
      }),
      cursor: z.nullish(z.string()).register(z.globalRegistry, {
        description: 'From the previous snapshot, for the next page. Does not change the watch.',
        examples: ['MTE'],
      }),
    }),
    z.transform((data) => ({
      group: canonicalName(data.group),
      limit: data.limit ?? MAX_PRESENCE_PAGE,
      cursor: data.cursor ?? undefined,
    })),
  ),
  {
    id: 'WatchPresence',
    description:
      'Asks who is in a group of the client, and for changes from now on. Answered by `presence_snapshot`; `presence_changed` follows until the connection ends.',
  },
);
const unwatchPresence = clientMessage('unwatch_presence', groupData, {
  id: 'UnwatchPresence',
  description: 'Ends a watch. Answered by `presence_unwatched`.',
});

const resume = clientMessage(
  'resume',
  z.object({
    epoch: z
      .string()
      .check(z.maxLength(MAX_SENDER_LENGTH))
      .register(z.globalRegistry, { examples: ['0mk1f3k2a9f3c'] }),
    seq: z
      .int()
      .check(z.minimum(0))
      .register(z.globalRegistry, { examples: [55] }),
    broadcast: z.nullish(z.string().check(z.maxLength(MAX_SENDER_LENGTH))).register(z.globalRegistry, {
      description: 'Position of the last broadcast; without it, no broadcasts are replayed.',
      examples: ['0mk1f3k2b0001'],
    }),
  }),
  {
    id: 'Resume',
    description: 'Asks for all frames after a position. Answered by `resumed`.',
  },
);

/** All messages that a client may send, by type; used by the message table and AsyncAPI. */
export const clientMessages = {
  chat_message: chatMessage,
  tool_call: toolCall,
  ping,
  resume,
  tool_response: toolResponse,
  tool_progress: toolProgress,
  register_tools: registerTools,
  list_tools: listTools,
  cancel,
  join,
  leave,
  watch_presence: watchPresence,
  unwatch_presence: unwatchPresence,
} as const;
