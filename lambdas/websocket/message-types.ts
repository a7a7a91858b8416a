/** The message types of the protocol. A type of `protocol/client-messages.ts` without a row here does not compile. */
import type { HandlerContext } from '../ports/handler-context';
import { defineMessageType, type MessageType } from '../ports/message-type';
import type { Responder } from '../ports/responder';
import { isoTime } from '../ports/runtime';
import { clientMessages } from '../protocol/client-messages';
import { chatDelta, chatResponse, pong, processing, toolResponse } from '../protocol/server-messages';
import type { CallTool } from './call-tool';
import type { MessageContext } from './message-context';
import type { Resume } from './resume';

export interface ProtocolTypesDependencies {
  responder: Responder;
  callTool: CallTool;
  resume: Resume;
}

export function createProtocolTypes({ responder, callTool, resume }: ProtocolTypesDependencies) {
  return {
    ping: defineMessageType({
      schema: clientMessages.ping,
      keptInHistory: false,
      handle: (_message, { clock }) => pong(isoTime(clock.now())),
    }),

    chat_message: defineMessageType({
      schema: clientMessages.chat_message,
      keptInHistory: true,
      async *handle({ data: { content, role, stream } }, context) {
        yield processing();
        const answer = responder.respond({ content, role: role ?? 'user' }, context);
        if (!isStream(answer)) return chatResponse(await answer, responder.model, isoTime(context.clock.now()));
        let whole = '';
        let index = 0;
        for await (const delta of answer) {
          whole += delta;
          if (stream === true) yield chatDelta(index++, delta);
        }
        return chatResponse(whole, responder.model, isoTime(context.clock.now()));
      },
    }),

    tool_call: defineMessageType({
      schema: clientMessages.tool_call,
      keptInHistory: true,
      handle: async ({ data: { toolName, params } }, context: HandlerContext) =>
        toolResponse(toolName, params, await callTool(toolName, params, context)),
    }),
    resume: defineMessageType({
      schema: clientMessages.resume,
      keptInHistory: false,
      handle: ({ data }, context) => resume(data, context as MessageContext), // more than a team's own handlers may see
    }),
  } satisfies Record<keyof typeof clientMessages, MessageType>;
}

function isStream(answer: string | Promise<string> | AsyncIterable<string>): answer is AsyncIterable<string> {
  return typeof answer === 'object' && Symbol.asyncIterator in answer;
}
