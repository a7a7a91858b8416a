/** Schemas of server messages, one per type: for the API descriptions, and for validating frames. */
import * as z from 'zod';
import { ERROR_CODES } from './errors';
import { clientName, timestamp, uuid } from './formats';
import { MAX_MESSAGE_BYTES, PROTOCOL_VERSION } from './limits';
import { jsonObject, messageId } from './schemas';

/** A string with an example. */
function example(text: string) {
  return z.string().meta({ examples: [text] });
}

const epoch = z.string().meta({ description: 'Changes only if the positions were lost.', examples: ['0mk1f3k2a9f3c'] });
const seq = z
  .int()
  .min(0)
  .meta({ examples: [57] });
const callId = z.string().meta({ examples: ['0mk1f3k2a9f3c-57-MGI5ZjdjOWU'] });
const broadcastPosition = z.string().meta({
  description: 'A position in the broadcast log, as sortable text.',
  examples: ['0mk1f3k2b0001'],
});

function frame<Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  return z.object({
    type: z.literal(type),
    data,
    message_id: uuid,
    timestamp,
    reply_to: z.optional(messageId).meta({ description: 'The `message_id` of the message that this answers.' }),
  });
}

/** Position of a frame that a client can get again. */
const place = {
  epoch: z.optional(epoch),
  seq: z.optional(seq.min(1).meta({ description: 'Counts such frames: 1, 2, 3 …, without gaps within an epoch.' })),
  void: z.optional(
    z.array(z.int()).meta({ description: 'Positions without a frame, abandoned by a slow answer.', examples: [[56]] }),
  ),
};

/** Fields of a broadcast frame. */
const sentToAll = {
  broadcast: z.optional(broadcastPosition),
  group: z
    .string()
    .optional()
    .meta({ description: 'The group that received it.', examples: ['team-7'] }),
};

function durable<Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  return frame(type, data).extend(place);
}

export const serverMessages = {
  connection_established: frame(
    'connection_established',
    z.object({
      client_id: clientName,
      server_time: timestamp,
      protocol: z.literal(PROTOCOL_VERSION),
      heartbeat_seconds: z.int().meta({ examples: [45] }),
      max_message_bytes: z.int().meta({ examples: [MAX_MESSAGE_BYTES] }),
      max_frame_bytes: z.int().meta({ examples: [32_768], description: 'Split longer messages into several frames.' }),
      epoch,
      seq: seq.meta({ description: 'The last one assigned.' }),
      broadcast: broadcastPosition,
      resumable_seconds: z
        .int()
        .meta({ description: 'How long frames can be resumed, in seconds.', examples: [86_400] }),
      connection_expires_at: timestamp.meta({ description: 'When the server closes the connection.' }),
      resume_token: z
        .string()
        .optional()
        .meta({
          description:
            'Only without access control. Connect with `?resume=` and this token to be the same client again. Keep it secret.',
          examples: ['pZb1Lk0dJ0lqX8m3a8oY2m1vQ5nT7rU9wE4sC6xF0hA'],
        }),
    }),
  ).meta({
    id: 'ConnectionEstablished',
    description: 'Tells the client its id. Sent once, soon after connecting; an answer or a push may come first.',
  }),
  pong: frame(
    'pong',
    z.object({
      timestamp,
      epoch: epoch.optional(),
      seq: seq.optional().meta({
        description: 'The last one assigned: if you have fewer, and no frame comes within a second, send `resume`.',
      }),
    }),
  ).meta({ id: 'Pong', description: 'Answers `ping`.' }),
  processing: frame('processing', z.object({ status: z.literal('processing') })).meta({
    id: 'Processing',
    description: 'The chat message has arrived; its `chat_response` follows.',
  }),
  chat_response: durable(
    'chat_response',
    z.object({
      content: example('Echo: Hello'),
      status: z.enum(['completed', 'cancelled', 'failed']).meta({
        description: 'If a reply ended early, `content` has the part that was generated, or a message to show instead.',
      }),
      model: example('echo'),
      timestamp,
    }),
  ).meta({ id: 'ChatResponse', description: 'Answers `chat_message`.' }),
  chat_delta: frame(
    'chat_delta',
    z.object({
      index: z.int().meta({ description: 'From 0, without gaps.' }),
      delta: z
        .string()
        .optional()
        .meta({ examples: ['Echo: '] }),
      content: z
        .string()
        .optional()
        .meta({ description: 'Instead of `delta`: the whole text so far, replacing all pieces up to this index.' }),
    }),
  ).meta({
    id: 'ChatDelta',
    description:
      'A piece of an answer, only for a client that asked with `stream: true`. The `chat_response` has the whole.',
  }),
  tool_response: durable(
    'tool_response',
    z.object({
      tool_name: example('add'),
      params: jsonObject,
      result: z.unknown().meta({ description: "The tool's result; null if it failed.", examples: [3] }),
      status: z.enum(['completed', 'failed']),
      error: z.object({ code: example('out_of_range'), message: example('The sum is too large.') }).optional(),
      simulated: z.literal(true).optional().meta({ description: 'No tool with this name is registered.' }),
    }),
  ).meta({ id: 'ToolResponse', description: 'Answers `tool_call`.' }),
  error: durable(
    'error',
    z.object({
      error: z
        .string()
        .meta({ description: 'A sentence for people.', examples: ['Unknown message type. Supported: ping'] }),
      code: z.enum(ERROR_CODES).meta({ id: 'ErrorCode', examples: ['unsupported_type'] }),
      details: z
        .array(z.object({ path: example('data.content'), message: example('Invalid input: expected string') }))
        .optional(),
      retry_after_ms: z.int().optional().meta({ description: 'With `rate_limited`: when to send again.' }),
    }),
  ).meta({ id: 'ErrorMessage', description: 'The message could not be handled. The connection stays open.' }),
  resumed: frame(
    'resumed',
    z.object({
      recovered: z.boolean().meta({ description: 'True if nothing is missing.' }),
      reason: z.enum(['expired', 'unknown_position']).optional(),
      frames: z.array(jsonObject).meta({
        description: 'The missed frames as they were sent: by `seq`, then broadcasts.',
        examples: [[]],
      }),
      epoch,
      seq: seq.meta({ description: 'With these frames, the client has everything up to this `seq`.' }),
      broadcast: broadcastPosition,
      more: z.boolean().meta({ description: 'Ask again from the new position.' }),
      void: z.array(z.int()).meta({ description: 'Positions without a frame.', examples: [[56]] }),
    }),
  ).meta({ id: 'Resumed', description: 'Answers `resume`.' }),
  connection_closing: frame(
    'connection_closing',
    z.object({
      reason: z.enum(['replaced', 'removed', 'revoked', 'expires', 'stopping', 'too_fast']),
      reconnect: z.boolean().meta({ description: 'Whether to reconnect.' }),
      after_ms: z.int().optional().meta({ description: 'How long to wait before reconnecting.' }),
    }),
  ).meta({ id: 'ConnectionClosing', description: 'The server is about to close the connection, for this reason.' }),
  tools: frame(
    'tools',
    z.object({
      tools: z.array(
        z
          .object({ name: example('add'), description: example('Adds two numbers.'), input_schema: jsonObject })
          .meta({ id: 'ServerTool' }),
      ),
    }),
  ).meta({ id: 'Tools', description: 'Answers `list_tools`: the tools for `tool_call`.' }),
  tools_registered: frame('tools_registered', z.object({ count: z.int().meta({ examples: [1] }) })).meta({
    id: 'ToolsRegistered',
    description: 'Answers `register_tools`: the tools are stored.',
  }),
  joined: frame('joined', z.object({ group: example('team-7') })).meta({
    id: 'Joined',
    description: 'Answers `join`: the client is in the group, until it leaves or the team removes it.',
  }),
  left: frame('left', z.object({ group: example('team-7') })).meta({
    id: 'Left',
    description: 'Answers `leave`: the client is not in the group.',
  }),
  presence_snapshot: frame(
    'presence_snapshot',
    z.object({
      group: example('team-7'),
      clients: z.array(
        z
          .object({ client_id: clientName, online: z.boolean().meta({ description: 'Whether it is connected.' }) })
          .meta({ id: 'PresentClient' }),
      ),
      members: z
        .int()
        .optional()
        .meta({ description: 'Number of members of the group. Omitted on later pages.', examples: [1] }),
      has_more: z.boolean().meta({ description: 'There are more members: send `watch_presence` again with `cursor`.' }),
      cursor: z
        .string()
        .optional()
        .meta({ examples: ['MTE'] }),
      watching: z.boolean().meta({
        description: 'False if the group already has the maximum of watchers: no `presence_changed` follows.',
      }),
    }),
  ).meta({ id: 'PresenceSnapshot', description: 'Answers `watch_presence`: members of the group, online or not.' }),
  presence_changed: frame(
    'presence_changed',
    z.object({
      group: example('team-7'),
      online: z.array(clientName).meta({ description: 'Members that are now online, including new ones.' }),
      offline: z.array(clientName).meta({ description: 'Members that are now offline.', examples: [[]] }),
      left: z.array(clientName).meta({ description: 'Clients that are no longer members.', examples: [[]] }),
    }),
  ).meta({
    id: 'PresenceChanged',
    description:
      'Changes in a group that the client watches, at most every 2 seconds. It can repeat what the client knows already.',
  }),
  presence_unwatched: frame('presence_unwatched', z.object({ group: example('team-7') })).meta({
    id: 'PresenceUnwatched',
    description: 'Answers `unwatch_presence`: the client gets no more changes.',
  }),
  chat_message: durable('chat_message', z.object({ content: example('Hello from the API'), from_api: z.literal(true) }))
    .extend(sentToAll)
    .meta({
      id: 'PushedChatMessage',
      description: 'Sent by the team, over `POST /send_message`, or to a group, over `POST /groups/{group}/messages`.',
    }),
  tool_call: durable(
    'tool_call',
    z.object({
      tool_name: example('add'),
      params: jsonObject,
      from_api: z.literal(true),
      call_id: z.optional(callId).meta({ description: 'Identifies the call in `tool_response` and `tool_progress`.' }),
      deadline: timestamp.optional().meta({ description: 'If the caller set one: later results are not kept.' }),
    }),
  ).meta({
    id: 'PushedToolCall',
    description: 'A tool call from `POST /call_tool`. The client answers with `tool_response`.',
  }),
  tool_cancel: frame(
    'tool_cancel',
    z.object({
      call_id: callId,
      reason: z.enum(['cancelled']).meta({ description: 'The caller no longer needs the result.' }),
    }),
  ).meta({ id: 'ToolCancel', description: 'The caller has cancelled a `tool_call`: stop working on it.' }),
  tool_response_accepted: frame(
    'tool_response_accepted',
    z.object({
      call_id: callId,
      late: z.boolean().meta({ description: 'The call had expired or was cancelled: this result is not kept.' }),
      duplicate: z.boolean().meta({ description: 'The call already had a result, which is kept.' }),
    }),
  ).meta({
    id: 'ToolResponseAccepted',
    description: 'Answers the client’s `tool_response`, if it has a `message_id`. The result is stored.',
  }),
  broadcast: z
    .object({
      type: example('notification'),
      data: jsonObject,
      message_id: uuid,
      timestamp,
      ...sentToAll,
      ...place,
    })
    .meta({
      id: 'Broadcast',
      description:
        'Sent by the team, which names its type and data. With `broadcast`: sent to everybody, over `POST /broadcast`, or with `group` to a group of the client, over `POST /groups/{group}/messages`. With `epoch` and `seq`: sent to this client, over `POST /clients/{client_id}/messages` or `POST /messages`.',
    }),
} as const;
