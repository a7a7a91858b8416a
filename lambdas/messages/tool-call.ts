/** A tool call: answered with the tool's result, or with why there is none. */
import { toolCall as schema } from '../protocol/client-messages';
import { toolResponse } from '../protocol/server-messages';
import { defineMessageType } from './message-type';

export const toolCall = defineMessageType({
  schema,
  keptInHistory: true,
  async handle({ data: { toolName, params } }, { clientId, clock, callTool }) {
    return toolResponse(toolName, params, await callTool(toolName, params, { clientId, clock }));
  },
});
