/** Parses frames from a server as untrusted input. */
import { isJsonObject, type JsonObject, parseJson } from '../../lambdas/protocol/json';

export { ExactNumber, isJsonObject, type JsonObject, stringifyJson } from '../../lambdas/protocol/json';

export interface Frame {
  type: string;
  data: JsonObject;
  timestamp?: string;
  /** The `message_id` of the message that this answers. */
  replyTo?: string;
  /** True for a push: an API call or a broadcast. */
  isPush: boolean;
  messageId?: string;
  /** Position of a durable frame. */
  seq?: number;
  /** Position of a broadcast. */
  broadcast?: string;
}

export interface Received {
  text: string;
  /** Missing if the text is not a frame of the protocol, such as a proxy's own error. */
  frame?: Frame;
}

export function receivedFrom(text: string): Received {
  const value = jsonFrom(text);
  if (!isJsonObject(value) || typeof value.type !== 'string') return { text };
  const { type, timestamp, reply_to, message_id, seq, broadcast } = value;
  const data = isJsonObject(value.data) ? value.data : {};
  return {
    text,
    frame: {
      type,
      data,
      isPush: data.from_api === true || broadcast !== undefined,
      ...(typeof timestamp === 'string' && { timestamp }),
      ...(typeof reply_to === 'string' && { replyTo: reply_to }),
      ...(typeof message_id === 'string' && { messageId: message_id }),
      ...(typeof seq === 'number' && { seq }),
      ...(typeof broadcast === 'string' && { broadcast }),
    },
  };
}

/** The value of a JSON text, with each number digit for digit; undefined if it is not JSON. */
export function jsonFrom(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
