/** Parses frames from a server as untrusted input. */

export type JsonObject = Record<string, unknown>;

export interface Frame {
  type: string;
  data: JsonObject;
  timestamp?: string;
  /** The `message_id` of the message that this answers. */
  replyTo?: string;
  /** True for a push: an API call or a broadcast. */
  isPush: boolean;
}

export interface Received {
  text: string;
  /** Missing if the text is not a frame of the protocol, such as a proxy's own error. */
  frame?: Frame;
}

export function receivedFrom(text: string): Received {
  const value = jsonFrom(text);
  if (!isJsonObject(value) || typeof value.type !== 'string') return { text };
  const { type, timestamp, reply_to, broadcast } = value;
  const data = isJsonObject(value.data) ? value.data : {};
  return {
    text,
    frame: {
      type,
      data,
      isPush: data.from_api === true || broadcast !== undefined,
      ...(typeof timestamp === 'string' && { timestamp }),
      ...(typeof reply_to === 'string' && { replyTo: reply_to }),
    },
  };
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a JSON text; undefined if it is not JSON. */
export function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
