/** The messages of a load, and their answers. */

export interface LoadMessage {
  message: { type: string; message_id: string; data: object };
  /** The types of the frames that answer it, in order. */
  answers: readonly string[];
}

export const messages = {
  chat: {
    message: { type: 'chat_message', message_id: 'question-1', data: { content: 'How do you do?' } },
    answers: ['processing', 'chat_response'],
  },
  ping: { message: { type: 'ping', message_id: 'ping-1', data: {} }, answers: ['pong'] },
  tool_call: {
    message: { type: 'tool_call', message_id: 'call-1', data: { tool_name: 'add', params: { a: 40, b: 2 } } },
    answers: ['tool_response'],
  },
} as const satisfies Record<string, LoadMessage>;

export type MessageName = keyof typeof messages;

export const MESSAGE_NAMES = Object.keys(messages) as MessageName[];
