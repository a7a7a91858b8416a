/** Your own message types, beside `ping`, `chat_message` and `tool_call`. `ports/message-type.ts` has an example. */
import type { MessageTypes } from '../ports/message-type';

export const messageTypes = {} satisfies MessageTypes;
