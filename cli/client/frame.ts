/** What arrives from a server, read without trust: whoever is at the other end may send anything. */

export type JsonObject = Record<string, unknown>;

export interface Frame {
  type: string;
  data: JsonObject;
  timestamp?: string;
  /** The `message_id` of the message that this answers. */
  replyTo?: string;
  /** True where nobody asked for it: a call of the API, or a broadcast, sent it. */
  isPush: boolean;
}

export interface Received {
  text: string;
  /** Left out where the text is no frame of the protocol, such as a proxy's own error. */
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

/** The value of a JSON text; undefined where it is none. */
export function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
