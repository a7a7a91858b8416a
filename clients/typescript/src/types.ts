/** What the user of the library sees: options, frames, states and results. */

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
  /** With `seq` the frame's place in the client's history. */
  epoch?: string;
  seq?: number;
  /** A broadcast's place in the log of broadcasts. */
  broadcast?: string;
  /** The group to which the message was sent; missing for others. */
  group?: string;
}

/** Up to where the client has everything. */
export interface Position {
  epoch: string;
  seq: number;
  broadcast?: string;
}

/**
 * `idle` before `connect()`; `connecting` until the greeting; `recovering` until all that was missed is there; `connected`;
 * `waiting` for the next attempt; `closed` for good.
 */
export type State = 'idle' | 'connecting' | 'recovering' | 'connected' | 'waiting' | 'closed';

/** A change of state. */
export interface StateChange {
  state: State;
  previous: State;
  /** With `closed`: why. `client`, a reason of the server such as `replaced`, or a code of `SwitchboardError`. */
  reason?: string;
  /** With `waiting`: milliseconds until the next attempt. */
  retryInMs?: number;
}

/** How the frames that a client missed were recovered. */
export interface RecoveryResult {
  /** False: frames may be lost, and `reason` says why. */
  recovered: boolean;
  reason?: string;
  /** Frames that were shown because they were asked for again. */
  count: number;
}

/**
 * Keeps the client's state over a restart of the program: one text. Two programs, or two tabs, must not share it.
 *
 * @example
 * const storage = {
 *   load: () => sessionStorage.getItem('switchboard'),
 *   save: (text) => sessionStorage.setItem('switchboard', text),
 * };
 */
export interface ClientStorage {
  load(): string | null | undefined | Promise<string | null | undefined>;
  save(text: string): void | Promise<void>;
}

/** Time, for tests. `now` is in milliseconds and never jumps. `setTimer` gives a function that cancels. */
export interface Clock {
  now(): number;
  setTimer(milliseconds: number, callback: () => void): () => void;
}

/** What the library uses of a WebSocket. The browser's, Node's and the one of the package ws fit. */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: unknown;
  onmessage: unknown;
  onerror: unknown;
  onclose: unknown;
}

export type WebSocketClass = new (url: string, protocols?: string[]) => WebSocketLike;

/** Milliseconds. The specification of clients says what each bounds. */
export interface Timers {
  connectMs: number;
  pongMs: number;
  resumeMs: number;
  holeMs: number;
  /** Null: acknowledgements only ride along on other frames. */
  ackMs: number | null;
  answerMs: number;
  retryMs: number;
  backoffMs: number;
  backoffMaxMs: number;
  stableMs: number;
  changeMs: number;
}

/**
 * How a client is made. Only `url` is needed.
 *
 * @example
 * createClient({
 *   url: 'wss://example.com/live',
 *   token: async () => (await fetch('/api/switchboard-token')).text(),
 * });
 */
export interface ClientOptions {
  url: string;
  /** Gives a token. It is called before each attempt, as tokens live for minutes. */
  token?: () => string | Promise<string>;
  /** Keeps position and outbox over a restart. Without it they live as long as the client. */
  storage?: ClientStorage;
  /** The WebSocket class to use. Defaults to the platform's. Node.js 20 has none, so pass the one from the `ws` package. */
  webSocket?: WebSocketClass;
  /** Messages without an answer, at most. 1,000 if left out. */
  outboxLimit?: number;
  timers?: Partial<Timers>;
  /** How JSON is read and written, for a parser that keeps numbers beyond 2^53. */
  json?: { parse(text: string): unknown; stringify(value: unknown): string };
  /** For tests: time, numbers from 0 up to 1, and ids. */
  clock?: Clock;
  random?: () => number;
  newId?: () => string;
}

/** Options of one message. */
export interface SendOptions {
  /** Gives up waiting. The promise fails with the code `aborted`; the server may have handled the message. */
  signal?: AbortSignal;
}

export interface ChatOptions extends SendOptions {
  /** Who says it; the server takes `user` if left out. */
  role?: string;
  /** Asks for the reply piece by piece. */
  stream?: boolean;
  /** The same, and it is called with the text so far, each time that it grows. */
  onText?: (text: string) => void;
}

/** The reply to a chat message: a promise of the whole, and with `stream` the text so far, each time that it grows. The last is the whole. */
export interface ChatReply extends Promise<ChatResponse>, AsyncIterable<string> {
  /** Has the server end the reply: the promise fulfils with what there was, and `status` `cancelled`. */
  cancel(): void;
}

export interface ChatResponse {
  content: string;
  status: string;
  model?: string;
}

export interface ToolResponse {
  toolName: string;
  /** What the tool gave: any JSON value. */
  result: unknown;
  /** The server has no such tool, and made the result up. */
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
  /** Says how far the handler is: a number that grows. It is lost if there is no connection. */
  progress(progress: number, more?: ToolProgress): void;
}

export interface ToolProgress {
  total?: number;
  /** A sentence for people. */
  message?: string;
}

/** A tool that this client has, as it describes it. */
export interface ToolDescription {
  name: string;
  description?: string;
  /** JSON Schema of its params. */
  inputSchema?: JsonObject;
}

/**
 * Runs a tool on this client. What it returns is the result, any JSON value; what it throws is sent as a failure.
 *
 * @example
 * client.onToolCall('open_page', async ({ page }) => ({ opened: await open(page) }));
 */
export type ToolHandler = (params: JsonObject, call: ToolCall) => unknown;

/** Ends a subscription. */
export type Unsubscribe = () => void;
