/**
 * The protocols of the compared servers. Socket.IO's own client costs more than its server, and would distort the measurement: the load
 * speaks its protocol (Engine.IO 4, Socket.IO 5) in pre-encoded frames, like the other protocols.
 */

export interface Dialect {
  path: string;
  /** The first is sent as soon as the WebSocket is open, each further one when a frame has arrived. */
  hello?: readonly string[];
  /** Frames until the connection is ready; the last is `connection_established`. */
  openingFrames: number;
  encode(message: object): string;
  decode(text: string): unknown;
  /** The broadcast call: its path, and its body for such a message. */
  broadcast: { path: string; bodyOf(message: BroadcastMessage): object };
}

interface BroadcastMessage {
  message_type: string;
  data: object;
}

const ours: Dialect['broadcast'] = { path: '/broadcast', bodyOf: (message) => message };

export const dialects = {
  websocket: {
    path: '/',
    openingFrames: 1,
    encode: (message) => JSON.stringify(message),
    decode: (text) => JSON.parse(text),
    broadcast: ours,
  },
  socket_io: {
    path: '/socket.io/?EIO=4&transport=websocket',
    hello: ['40'],
    openingFrames: 3,
    encode: (message) => `42${JSON.stringify(['message', message])}`,
    decode: (text) => JSON.parse(text.slice(2))[1],
    broadcast: ours,
  },
  /** All clients are in one channel. Only connections and broadcasts. */
  centrifugo: {
    path: '/connection/websocket',
    hello: ['{"id":1,"connect":{}}', '{"id":2,"subscribe":{"channel":"all"}}'],
    openingFrames: 2,
    encode: (message) => JSON.stringify(message),
    decode: (text) => JSON.parse(text),
    broadcast: {
      path: '/api/publish',
      bodyOf: ({ message_type: type, data }) => ({ channel: 'all', data: { type, data } }),
    },
  },
} as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
