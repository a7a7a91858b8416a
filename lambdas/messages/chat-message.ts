/** Chat: handed to the responder, answered with what it says. */
import { chatMessage as schema } from '../protocol/client-messages';
import { chatResponse, processing } from '../protocol/server-messages';
import { defineMessageType } from './message-type';

export const chatMessage = defineMessageType({
  schema,
  keptInHistory: true,
  acknowledge: processing,
  async handle({ data: { content, role = 'user' } }, { clientId, responder }) {
    return chatResponse(await responder.respond({ clientId, content, role }), responder.model);
  },
});
