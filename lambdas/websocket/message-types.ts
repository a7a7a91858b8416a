/** The protocol's message types. If a type in `protocol/client-messages.ts` has no row here, this does not compile. */
import type { HandlerContext } from '../ports/handler-context';
import { defineMessageType, type MessageType } from '../ports/message-type';
import type { ReplyStore } from '../ports/reply-store';
import { isStream, type Responder } from '../ports/responder';
import { isoTime, whenThere } from '../ports/runtime';
import { clientMessages } from '../protocol/client-messages';
import { messageIdOf } from '../protocol/marks';
import { chatResponse, pong, processing, toolResponse, toolsMessage } from '../protocol/server-messages';
import type { AnswerCall } from './answer-call';
import type { GroupMessages } from './group-messages';
import type { MessageContext } from './message-context';
import type { OfferedTools } from './offered-tools';
import type { PresenceMessages } from './presence-messages';
import type { RegisterTools } from './register-tools';
import type { Resume } from './resume';
import { sendAgain } from './send-again';

export interface ProtocolTypesDependencies {
  responder: Responder;
  offeredTools: OfferedTools;
  resume: Resume;
  answerCall: AnswerCall;
  registerTools: RegisterTools;
  groupMessages: GroupMessages;
  presenceMessages: PresenceMessages;
  replies: ReplyStore;
}

export function createProtocolTypes(dependencies: ProtocolTypesDependencies) {
  const { responder, offeredTools, resume, answerCall, registerTools, groupMessages, presenceMessages, replies } =
    dependencies;
  return {
    ping: defineMessageType({
      schema: clientMessages.ping,
      keptInHistory: false,
      handle: (_message, context) => pong(isoTime(context.clock.now()), (context as MessageContext).position),
    }),

    /** For a responder that answers inline. Any other runs in a task: `start-reply.ts`. */
    chat_message: defineMessageType({
      schema: clientMessages.chat_message,
      keptInHistory: true,
      *handle({ data: { content, role } }, context) {
        yield processing();
        const answer = responder.respond({ content, role: role ?? 'user' }, context);
        const response = (text: string) => chatResponse(text, responder.model, isoTime(context.clock.now()));
        if (typeof answer === 'string') return response(answer);
        return (isStream(answer) ? wholeOf(answer) : answer).then(response);
      },
    }),

    tool_call: defineMessageType({
      schema: clientMessages.tool_call,
      keptInHistory: true,
      handle: ({ data: { toolName, params } }, context: HandlerContext) =>
        whenThere(offeredTools.call(toolName, params, context), (outcome) => toolResponse(toolName, params, outcome)),
    }),
    cancel: defineMessageType({
      schema: clientMessages.cancel,
      keptInHistory: false,
      async handle({ data: { messageId } }, { clientId }) {
        await replies.cancel({ clientId, messageId }).catch(sendAgain);
        return undefined; // the reply reports the cancellation
      },
    }),
    resume: defineMessageType({
      schema: clientMessages.resume,
      keptInHistory: false,
      handle: ({ data }, context) => resume(data, context as MessageContext).catch(sendAgain), // the team's own handlers see less of the context
    }),
    tool_response: defineMessageType({
      schema: clientMessages.tool_response,
      keptInHistory: false, // it becomes part of its call's item
      handle: ({ data, ...message }, context) =>
        answerCall.respond({ ...data, ...idsOf(message) }, context as MessageContext).catch(sendAgain),
    }),
    tool_progress: defineMessageType({
      schema: clientMessages.tool_progress,
      keptInHistory: false,
      handle: ({ data: { callId, progress }, ...message }, context) =>
        answerCall.progress({ callId, ...idsOf(message) }, progress, context as MessageContext).catch(sendAgain),
    }),
    register_tools: defineMessageType({
      schema: clientMessages.register_tools,
      keptInHistory: false,
      handle: ({ data }, context) => registerTools(data, context).catch(sendAgain),
    }),
    join: defineMessageType({
      schema: clientMessages.join,
      keptInHistory: false,
      handle: ({ data: { group } }, context) => groupMessages.join(group, context as MessageContext).catch(sendAgain),
    }),
    leave: defineMessageType({
      schema: clientMessages.leave,
      keptInHistory: false,
      handle: ({ data: { group } }, context) => groupMessages.leave(group, context as MessageContext).catch(sendAgain),
    }),
    watch_presence: defineMessageType({
      schema: clientMessages.watch_presence,
      keptInHistory: false,
      handle: ({ data, message_id }, context) =>
        presenceMessages
          .watch({ ...data, messageId: messageIdOf({ message_id }) }, context as MessageContext)
          .catch(sendAgain),
    }),
    unwatch_presence: defineMessageType({
      schema: clientMessages.unwatch_presence,
      keptInHistory: false,
      handle: ({ data, message_id }, context) =>
        presenceMessages
          .unwatch({ ...data, messageId: messageIdOf({ message_id }) }, context as MessageContext)
          .catch(sendAgain),
    }),
    list_tools: defineMessageType({
      schema: clientMessages.list_tools,
      keptInHistory: false,
      handle: async () => {
        const tools = await offeredTools.tools();
        return toolsMessage(
          tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
        );
      },
    }),
  } satisfies Record<keyof typeof clientMessages, MessageType>;
}

async function wholeOf(answer: AsyncIterable<string>): Promise<string> {
  let whole = '';
  for await (const piece of answer) whole += piece;
  return whole;
}

/** A numeric id is converted to text. */
function idsOf({ message_id, reply_to }: { message_id?: unknown; reply_to?: unknown }) {
  return { messageId: messageIdOf({ message_id }), replyTo: messageIdOf({ message_id: reply_to }) };
}
