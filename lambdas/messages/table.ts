/** The message types that clients send, by their `type`. A Map, so that `constructor` is as unknown as any other name. */
import { chatMessage } from './chat-message';
import type { MessageType } from './message-type';
import { ping } from './ping';
import { toolCall } from './tool-call';

export const messageTypes: ReadonlyMap<string, MessageType> = new Map([
  ['chat_message', chatMessage],
  ['tool_call', toolCall],
  ['ping', ping],
]);
