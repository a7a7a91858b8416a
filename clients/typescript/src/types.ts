/** The public types: options, frames, states and results. */

/** Any JSON object. */
export type JsonObject = { [name: string]: unknown };

/** A frame from the server. `data` is as the server sent it; the rest of the envelope is in camelCase. */
export interface Frame {
  type: string;
  data: JsonObject;
  messageId?: string;
  timestamp?: string;
  /** The `messageId` of the message that this answers. */
  replyTo?: string;
  /** Together with `seq`, the frame's position in the client's history. */
  epoch?: string;
  seq?: number;
  /** A broadcast's position in the log of broadcasts. */
  broadcast?: string;
  /** The group to which the message was sent; missing for others. */
  group?: string;
}

/** The position up to which the client has everything. */
export interface Position {
  epoch: string;
  seq: number;
  broadcast?: string;
}

/**
 * `idle` before `connect()`; `connecting` until the greeting; `recovering` until all missed frames have arrived; `connected`;
 * `waiting` for the next attempt; `closed` for good.
 */
export type State = 'idle' | 'connecting' | 'recovering' | 'connected' | 'waiting' | 'closed';

/** A change of state. */
export interface StateChange {
  state: State;
  previous: State;
  /** With `closed`: why. `client`, a reason of the server such as `replaced`, or a code of `SwitchboardError`. */
  reason?: string;
  /** With `closed` and `waiting`: why, as a sentence for people. */
  message?: string;
  /** With `waiting`: milliseconds until the next attempt. */
  retryInMs?: number;
}

/** How the frames that a client missed were recovered. */
export interface RecoveryResult {
  /** False: frames may be lost, and `reason` says why. */
  recovered: boolean;
  reason?: string;
  /** Number of missed frames that were fetched and shown. */
  count: number;
}

/**
 * Keeps the client's state across restarts of the program, as one text. Two programs, or two tabs, must not share it.
 *
 * @example
 * const storage = {
 *   load: () => sessionStorage.getItem('switchboard'),
 *   save: (text) => sessionStorage.setItem('switchboard', text),
 * };
 * // In Node.js: import { fileStorage } from '@switchboard/client/file-storage';
 */
export interface ClientStorage {
  load(): string | null | undefined | Promise<string | null | undefined>;
  save(text: string): void | Promise<void>;
}

/** Time, for tests. `now` is in milliseconds and never jumps. `setTimer` returns a function that cancels. */
export interface Clock {
  now(): number;
  setTimer(milliseconds: number, callback: () => void): () => void;
}

/** The parts of a WebSocket that the library uses. Those of browsers, Node.js and the package ws fit. */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: unknown;
  onmessage: unknown;
  onerror: unknown;
  onclose: unknown;
}

export type WebSocketClass = new (url: string, protocols?: string[]) => WebSocketLike;

/** In milliseconds. The specification of clients says what each limits. */
export interface Timers {
  connectMs: number;
  pongMs: number;
  resumeMs: number;
  holeMs: number;
  /** Null: acknowledgements are only sent along with other frames. */
  ackMs: number | null;
  answerMs: number;
  retryMs: number;
  backoffMs: number;
  backoffMaxMs: number;
  stableMs: number;
  changeMs: number;
}

/**
 * Options of `createClient`. Only `url` is required.
 *
 * @example
 * createClient({
 *   url: 'wss://example.com/live',
 *   token: async () => (await fetch('/api/switchboard-token')).text(),
 * });
 */
export interface ClientOptions {
  url: string;
  /** Returns a token. Called before each attempt, because tokens expire within minutes. */
  token?: () => string | Promise<string>;
  /** Keeps position and outbox across restarts. Without it they are lost with the client. */
  storage?: ClientStorage;
  /** The WebSocket class to use. Defaults to the platform's. Node.js 20 has none, so pass the one from the `ws` package. */
  webSocket?: WebSocketClass;
  /** Maximum number of unanswered messages; 1,000 by default. */
  outboxLimit?: number;
  timers?: Partial<Timers>;
  /** A JSON parser and serializer, for example one that keeps numbers above 2^53. */
  json?: { parse(text: string): unknown; stringify(value: unknown): string };
  /** For tests: time, numbers from 0 up to 1, and ids. */
  clock?: Clock;
  random?: () => number;
  newId?: () => string;
}

/** Options of one message. */
export interface SendOptions {
  /** Stops waiting. The promise fails with the code `aborted`; the server may have handled the message. */
  signal?: AbortSignal;
}

/** Which members of a group to ask for. */
export interface PresenceOptions extends SendOptions {
  /** 1 to 100; 100 if omitted. */
  limit?: number;
  /** From the previous snapshot, for the next page. */
  cursor?: string;
}

/** Members of a group, online or not. */
export interface PresenceSnapshot {
  group: string;
  clients: { clientId: string; online: boolean }[];
  /** Number of members in the group; missing on later pages. */
  members?: number;
  /** For the next page; missing on the last. */
  cursor?: string;
  /** False if the group already has the maximum of watchers: no `presence_changed` follows. */
  watching: boolean;
}

export interface ChatOptions extends SendOptions {
  /** The role of the speaker; `user` by default. */
  role?: string;
  /** Requests the reply in pieces. */
  stream?: boolean;
  /** The same, and calls this with the text so far each time it grows. */
  onText?: (text: string) => void;
}

/** The reply to a chat message: a promise of the whole, and with `stream` an iterator of the text so far. Its last value is the whole text. */
export interface ChatReply extends Promise<ChatResponse>, AsyncIterable<string> {
  /** Cancels the reply at the server: the promise fulfils with the partial text, and `status` `cancelled`. */
  cancel(): void;
}

export interface ChatResponse {
  content: string;
  status: string;
  model?: string;
}

export interface ToolResponse {
  toolName: string;
  /** The result of the tool: any JSON value. */
  result: unknown;
  /** True if the server has no such tool, and simulated the result. */
  simulated: boolean;
}

/** A call of a tool on this client. */
export interface ToolCall {
  toolName: string;
  params: JsonObject;
  /** Missing if the server wants no result. */
  callId?: string;
  /** When the server stops waiting for the result, in ISO 8601. */
  deadline?: string;
  /** Aborts when the server cancels the call, and when the client closes. */
  signal: AbortSignal;
  /** Reports progress: an increasing number. It is lost without a connection. */
  progress(progress: number, more?: ToolProgress): void;
}

export interface ToolProgress {
  total?: number;
  /** A sentence for people. */
  message?: string;
}

/** The description of a tool of this client. */
export interface ToolDescription {
  name: string;
  description?: string;
  /** JSON Schema of its params. */
  inputSchema?: JsonObject;
}

/**
 * Runs a tool on this client. It returns the result, any JSON value; an error that it throws is sent as a failure.
 *
 * @example
 * client.onToolCall('open_page', async ({ page }) => ({ opened: await open(page) }));
 */
export type ToolHandler = (params: JsonObject, call: ToolCall) => unknown;

/** Ends a subscription. */
export type Unsubscribe = () => void;
