/** The protocol's answers with the least code that produces the same frames. Nothing is validated, and nothing is stored. */
import { randomUUID } from 'node:crypto';

interface ClientMessage {
  type: string;
  message_id?: string;
  data?: { content?: string; tool_name?: string; params?: { a: number; b: number } };
}

function frame(type: string, data: object, replyTo?: string) {
  return { type, data, message_id: randomUUID(), timestamp: new Date().toISOString(), reply_to: replyTo };
}

export function greeting() {
  return frame('connection_established', {
    client_id: randomUUID(),
    server_time: new Date().toISOString(),
    protocol: 1,
    heartbeat_seconds: 240,
    max_message_bytes: 131_072,
  });
}

/** What `POST /broadcast` sends to everybody. */
export function broadcastFrame({ message_type: type, data = {} }: { message_type: string; data?: object }) {
  return frame(type, data);
}

/** Sends each frame that answers a message. */
export function answer({ type, data = {}, message_id: id }: ClientMessage, send: (frame: object) => void): void {
  if (type === 'chat_message') {
    send(frame('processing', { status: 'processing' }, id));
    send(frame('chat_response', { content: `Echo: ${data.content}`, status: 'completed', model: 'echo' }, id));
  } else if (type === 'ping') {
    send(frame('pong', { timestamp: new Date().toISOString() }, id));
  } else {
    const { tool_name, params = { a: 0, b: 0 } } = data;
    send(frame('tool_response', { tool_name, params, result: params.a + params.b, status: 'completed' }, id));
  }
}
