/** The client: the methods and events for the application. */
import { Inbox } from './inbox';
import { Listeners } from './listeners';
import { Outbox } from './outbox';
import { platformWebSocket, randomId, watchAwake } from './platform';
import { Presence } from './presence';
import { RegisteredTools } from './registered-tools';
import { Requests } from './requests';
import { Session } from './session';
import { StoredStates } from './stored-state';
import { SwitchboardError } from './switchboard-error';
import { platformClock, TIMERS } from './timers';
import { ToolCalls } from './tool-calls';
import type {
  ChatOptions,
  ChatReply,
  ClientOptions,
  Frame,
  JsonObject,
  Position,
  PresenceOptions,
  PresenceSnapshot,
  RecoveryResult,
  SendOptions,
  State,
  StateChange,
  ToolDescription,
  ToolHandler,
  ToolResponse,
  Unsubscribe,
} from './types';

const OUTBOX_LIMIT = 1_000;

/** Handles a frame of the library's own; such a frame is not shown. */
type OwnFrame = (frame: Frame) => void;

/**
 * A connection to Switchboard that reconnects by itself and loses nothing.
 *
 * @example
 * const client = createClient({ url: 'ws://localhost:9004' });
 * client.on('chat_message', ({ data }) => console.log(data.content));
 * await client.connect();
 * const { content } = await client.chat('Hello');
 * await client.close();
 */
export class SwitchboardClient {
  /** The client's id at the server; undefined before the first greeting. */
  clientId: string | undefined;
  readonly #session: Session;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #states: StoredStates | undefined;
  readonly #toolCalls: ToolCalls;
  readonly #requests: Requests;
  readonly #presence: Presence;
  readonly #tools: RegisteredTools;
  readonly #frames = new Map<string, Listeners<Frame>>();
  readonly #stateChanges = new Listeners<StateChange>();
  readonly #recoveries = new Listeners<RecoveryResult>();
  readonly #errors = new Listeners<unknown>();
  /** Callers that wait for the connection. */
  #waiting: { resolve(): void; reject(error: unknown): void }[] = [];
  #loading: Promise<void> | undefined;
  #unwatchAwake: Unsubscribe | undefined;
  /** True once the stored state is loaded. Saving earlier would overwrite it. */
  #hasLoaded = false;

  /** Use `createClient`. */
  constructor(options: ClientOptions) {
    const { url, token, storage, clock = platformClock, random = Math.random, newId = randomId, json = JSON } = options;
    new URL(url); // throws at once, not at the first attempt
    const webSocket = options.webSocket ?? platformWebSocket();
    const timers = { ...TIMERS, ...options.timers };
    this.#toolCalls = new ToolCalls(
      (data, replyTo) => this.#requests.respond(data, replyTo),
      (data) => void (this.state === 'connected' && this.#session.send({ type: 'tool_progress', data })),
    );
    this.#inbox = new Inbox({ show: (frame) => this.#show(frame), repeat: (frame) => this.#outbox.answer(frame) });
    this.#states = storage && new StoredStates(storage, json, () => this.#state, this.#failed);
    this.#outbox = new Outbox({
      ...{ timers, clock, limit: options.outboxLimit ?? OUTBOX_LIMIT },
      sender: newId().replaceAll('-', '').slice(0, 32),
      send: (frame) => this.#session.send(frame),
      save: () => (this.#hasLoaded ? this.#states?.save() : undefined),
    });
    this.#requests = new Requests({ outbox: this.#outbox, newId, failed: this.#failed });
    this.#presence = new Presence(this.#requests, this.#failed);
    const owner = () => `${this.clientId} ${this.#inbox.position?.epoch}`;
    this.#tools = new RegisteredTools(this.#requests, owner, this.#failed);
    this.#session = new Session({
      ...{ url, token, webSocket, timers, clock, random, newId, json, inbox: this.#inbox },
      outbox: () => this.#outbox,
      changed: (change) => this.#changed(change),
      greeted: ({ clientId }) => {
        this.clientId = clientId;
      },
      recovered: (result) => this.#recoveries.tell(result, this.#failed),
      completed: () => {
        this.#presence.renew();
        this.#tools.renew();
      },
      failed: this.#failed,
    });
  }

  get state(): State {
    return this.#session.state;
  }

  /** The position up to which everything was shown; undefined before the first greeting, and if the server does not support resume. */
  get position(): Position | undefined {
    return this.#inbox.position && { ...this.#inbox.position };
  }

  /**
   * Connects, and stays connected. The promise fulfils when the client is `connected`; it rejects, with the reason as the code, if the
   * client becomes `closed` first. A client that was closed or replaced can connect again.
   */
  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.state === 'connected') return resolve();
      const isUnderWay = this.#waiting.length > 0 || (this.state !== 'idle' && this.state !== 'closed');
      this.#waiting.push({ resolve, reject });
      if (!isUnderWay) this.#start();
    });
  }

  /** Closes the connection. No more frames are shown, and unanswered messages fail with `closed`. */
  async close(): Promise<void> {
    if (this.state !== 'closed' || this.#waiting.length > 0) this.#session.close('client');
    if (this.#hasLoaded) await this.#states?.save();
  }

  /**
   * Sends a chat message, and waits for the reply, across reconnects if needed. With `stream` you get the text as it grows:
   *
   * @example
   * for await (const text of client.chat('Tell me a story', { stream: true })) show(text);
   */
  chat(content: string, options: ChatOptions = {}): ChatReply {
    return this.#requests.chat(content, options);
  }

  /** Calls a tool on the server. If the tool fails, the promise rejects with its code. */
  callTool(toolName: string, params: JsonObject = {}, options: SendOptions = {}): Promise<ToolResponse> {
    return this.#requests.callTool(toolName, params, options);
  }

  /**
   * Sends a message of a custom type of the server, and waits for the answer: the first frame that is neither
   * `processing` nor `chat_delta`.
   */
  send(type: string, data: JsonObject = {}, { signal }: SendOptions = {}): Promise<Frame> {
    return this.#requests.send({ type, data }, signal);
  }

  /** Runs `handler` when the server calls this tool. A later handler of the same name replaces it. */
  onToolCall(toolName: string, handler: ToolHandler): Unsubscribe {
    return this.#toolCalls.on(toolName, handler);
  }

  /** Registers the tools of this client, and replaces earlier ones. They stay registered across reconnects. */
  registerTools(tools: readonly ToolDescription[], options: SendOptions = {}): Promise<void> {
    return this.#tools.register(tools, options);
  }

  /** Joins a group, also across reconnects. Rejects with `invalid_message` if the token does not allow the group. */
  async join(group: string, { signal }: SendOptions = {}): Promise<void> {
    await this.#requests.send({ type: 'join', data: { group }, answers: ['joined'] }, signal);
  }

  /** Leaves a group. The token has to allow it. */
  async leave(group: string, { signal }: SendOptions = {}): Promise<void> {
    await this.#requests.send({ type: 'leave', data: { group }, answers: ['left'] }, signal);
  }

  /**
   * Returns who is in a group of this client, and who is online. Then `presence_changed` frames report changes, across reconnects: after
   * each reconnect, a `presence_snapshot` frame replaces the list.
   *
   * @example
   * client.on('presence_changed', ({ data }) => console.log(data.online, data.offline, data.left));
   * const { clients } = await client.watchPresence('room:7');
   */
  watchPresence(group: string, options: PresenceOptions = {}): Promise<PresenceSnapshot> {
    return this.#presence.watch(group, options);
  }

  /** Ends a watch. */
  unwatchPresence(group: string, options: SendOptions = {}): Promise<void> {
    return this.#presence.unwatch(group, options);
  }

  /** Listens for frames of one type, or of all with `*`: answers, pushes, broadcasts. Each is delivered once, in order. */
  on(type: string, listener: (frame: Frame) => void): Unsubscribe {
    const listeners = this.#frames.get(type) ?? new Listeners<Frame>();
    this.#frames.set(type, listeners);
    return listeners.add(listener);
  }

  onState(listener: (change: StateChange) => void): Unsubscribe {
    return this.#stateChanges.add(listener);
  }

  /** Listens for the result of each recovery: how many frames were recovered, and whether any may be lost. */
  onRecovery(listener: (result: RecoveryResult) => void): Unsubscribe {
    return this.#recoveries.add(listener);
  }

  /** Listens for errors outside of promises: in listeners, the token callback, the storage. Without a listener they go to the console. */
  onError(listener: (error: unknown) => void): Unsubscribe {
    return this.#errors.add(listener);
  }

  /**
   * Checks the connection at once. Call it when the network is back. The client does so by itself after a sleep of the machine, and at a
   * browser's `online` event.
   */
  wake(): void {
    this.#session.wake();
  }

  async #start(): Promise<void> {
    const waiting = this.#waiting;
    if (this.#states && !this.#hasLoaded) {
      this.#loading ??= this.#load(this.#states);
      await this.#loading;
    }
    if (waiting !== this.#waiting) return; // closed meanwhile
    this.#hasLoaded = true;
    this.#inbox.isStopped = false;
    this.#unwatchAwake?.();
    this.#unwatchAwake = watchAwake(() => this.wake());
    this.#session.start();
  }

  async #load(states: StoredStates): Promise<void> {
    const state = await states.load();
    this.#hasLoaded = true;
    this.#inbox.position = state?.position;
    this.#session.resumeToken = state?.resumeToken;
    this.#inbox.shown.restore(state?.shown ?? []);
    this.#outbox.restore(state?.outbox ?? []);
  }

  get #state() {
    const { position, shown } = this.#inbox;
    return { resumeToken: this.#session.resumeToken, position, outbox: this.#outbox.stored, shown: shown.broadcasts };
  }

  /** Frames that the library handles itself, in addition to those that a session handles. */
  readonly #own = new Map<string, OwnFrame>([
    ['processing', (frame) => this.#outbox.answer(frame)],
    ['chat_delta', (frame) => this.#outbox.answer(frame)],
    ['tool_response_accepted', (frame) => this.#outbox.answer(frame)],
    ['tool_cancel', ({ data }) => this.#toolCalls.cancel(data)],
  ]);

  /** Handles a frame when its turn has come. */
  #show(frame: Frame): void {
    const isBroadcast = frame.broadcast !== undefined;
    const own = isBroadcast ? undefined : this.#own.get(frame.type);
    if (own) own(frame);
    else if (isBroadcast || this.#outbox.answer(frame)) this.#tell(frame, isBroadcast);
    if (this.#hasLoaded) this.#states?.save();
  }

  #tell(frame: Frame, isBroadcast: boolean): void {
    for (const type of [frame.type, '*']) this.#frames.get(type)?.tell(frame, this.#failed);
    const isPush = frame.replyTo === undefined && !isBroadcast;
    if (isPush && frame.type === 'tool_call') this.#toolCalls.run(frame);
    if (isPush && frame.seq !== undefined) this.#session.pushShown();
  }

  #changed(change: StateChange): void {
    const { state, reason = 'closed', message = '' } = change;
    const waiting = this.#waiting;
    if (state === 'connected' || state === 'closed') this.#waiting = [];
    if (state === 'closed') {
      this.#inbox.isStopped = true;
      this.#unwatchAwake?.();
      this.#toolCalls.stop();
      this.#outbox.close(this.#states !== undefined);
    }
    this.#stateChanges.tell(change, this.#failed);
    if (state === 'connected') for (const { resolve } of waiting) resolve();
    if (state === 'closed') {
      for (const { reject } of waiting) reject(new SwitchboardError(reason, message));
    }
  }

  readonly #failed = (error: unknown): void => {
    if (this.#errors.size === 0) console.error(error);
    else this.#errors.tell(error, (worse) => console.error(worse));
  };
}

/**
 * Creates a client. It connects when you call `connect()`.
 *
 * @example
 * const client = createClient({ url: 'wss://example.com/live', token: () => fetchToken() });
 * await client.connect();
 */
export function createClient(options: ClientOptions): SwitchboardClient {
  return new SwitchboardClient(options);
}
