/** Plays a vector on the TypeScript client: a clock, a random source, and sockets that the vector controls. */
import {
  type ChatReply,
  createClient,
  type Frame,
  type SwitchboardClient,
  type SwitchboardError,
  type Timers,
  type ToolDescription,
} from '../../clients/typescript/src';
import { Names, type Step, type Vector, verbOf } from './vectors';

type Json = Record<string, unknown>;
type OfGroup = { call: string; group: string };
type Play = (value: never, step: Step) => unknown;

const START = Date.UTC(2026, 0, 1);

/** Resolves when everything has run up to the next timer. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that stands still until a vector moves it. */
export class VectorClock {
  #now = START;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now = () => this.#now;

  setTimer = (milliseconds: number, callback: () => void) => {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** @param isAsleep  time passes at once, and due timers fire late */
  async advance(milliseconds: number, isAsleep = false): Promise<void> {
    const end = this.#now + milliseconds;
    if (isAsleep) this.#now = end;
    for (let due = this.#nextBy(end); due; due = this.#nextBy(end)) {
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await settle();
    }
    this.#now = end;
  }

  /** Timers of a program that has ended never fire. */
  clear(): void {
    this.#timers.clear();
  }

  #nextBy(end: number) {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** A socket whose other end is the vector. */
export class VectorSocket {
  onopen: unknown;
  onmessage: unknown;
  onerror: unknown;
  onclose: unknown;
  readonly sent: Json[] = [];
  isAccepted = false;
  closed: (code: number) => void = () => {};

  constructor(
    readonly url: string,
    readonly protocols: string[] = [],
  ) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code = 1005): void {
    this.closed(code);
  }

  tell(listener: 'onopen' | 'onmessage' | 'onerror' | 'onclose', event: Json): void {
    (this[listener] as ((event: Json) => void) | null | undefined)?.(event);
  }
}

export class VectorPlayer {
  readonly #names = new Names();
  readonly #clock = new VectorClock();
  readonly #sockets: VectorSocket[] = [];
  #client: SwitchboardClient;
  readonly #newClient: () => SwitchboardClient;
  readonly #cancels = new Map<string, AbortController>();
  readonly #replies = new Map<string, ChatReply>();
  #messages = 0;
  #reason: string | undefined;
  /** What the client did that no step has named yet: by verb. */
  readonly #done = {
    opens: [] as unknown[],
    closes: [] as unknown[],
    sees: [] as unknown[],
    settles: [] as unknown[],
    recovery: [] as unknown[],
    tells_tool: [] as unknown[],
    text: [] as unknown[],
  };

  constructor({ options = {} }: Vector) {
    const { random = 0.5, tokens, position, outbox = [], timers = {}, outbox_limit, storage } = options;
    const left = [...(tokens ?? [])];
    let state = JSON.stringify({ version: 1, position, outbox: outbox.map(camelCased) });
    const save = (text: string) => {
      state = text;
    };
    this.#newClient = () =>
      createClient({
        url: 'wss://example.com/live',
        token: tokens && (() => tokenOf(left.length > 1 ? left.shift() : left[0])),
        storage: position || storage ? { load: () => state, save } : undefined,
        webSocket: this.#socketClass(),
        timers: camelCased(timers) as Partial<Timers>,
        outboxLimit: outbox_limit,
        clock: this.#clock,
        random: () => random,
      });
    this.#client = this.#start();
  }

  #start(): SwitchboardClient {
    const client = this.#newClient();
    client.on('*', (frame) => this.#done.sees.push(wireOf(frame)));
    client.onRecovery((result) => this.#done.recovery.push(result));
    client.onState(({ reason }) => {
      this.#reason = reason;
    });
    client.onError(() => {});
    return client;
  }

  /** @throws if the client does anything that the vector does not say */
  async play(steps: Step[]): Promise<void> {
    for (const [index, step] of steps.entries()) {
      const verb = verbOf(step);
      try {
        if (verb in this.#acts) {
          this.#assertNothingElse();
          await (this.#acts as Record<string, Play>)[verb]?.(step[verb] as never, step);
          await settle();
        } else this.#expect(verb, step[verb], step);
      } catch (error) {
        throw new Error(`step ${index + 1}, ${JSON.stringify(step)}: ${(error as Error).message}`);
      }
    }
    this.#assertNothingElse();
  }

  close = () => this.#client.close();

  #socketClass() {
    const player = this;
    return class extends VectorSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        const number = player.#sockets.push(this);
        const query = Object.fromEntries(new URL(url).searchParams);
        player.#done.opens.push({ query, protocols: this.protocols });
        this.closed = (code) => player.#done.closes.push({ socket: number, code });
      }
    };
  }

  #socketOf({ socket }: Step): VectorSocket {
    const found = socket === undefined ? this.#sockets.at(-1) : this.#sockets[socket - 1];
    if (!found) throw new Error('there is no such socket');
    return found;
  }

  #accept(step: Step): VectorSocket {
    const socket = this.#socketOf(step);
    if (!socket.isAccepted) socket.tell('onopen', {});
    socket.isAccepted = true;
    return socket;
  }

  #say(frame: Json, step: Step): void {
    const timestamp = new Date(this.#clock.now()).toISOString();
    const whole = { data: {}, message_id: `s-${++this.#messages}`, timestamp, ...frame };
    this.#socketOf(step).tell('onmessage', { data: JSON.stringify(this.#names.fill(whole)) });
  }

  readonly #acts = {
    connect: () => void this.#client.connect().catch(() => {}),
    accept: (_: unknown, step: Step) => this.#accept(step),
    greet: (data: Json, step: Step) => {
      this.#accept(step);
      this.#say({ type: 'connection_established', data: withoutNull({ ...this.#greeting(), ...data }) }, step);
    },
    server: (frame: Json, step: Step) => this.#say(frame, step),
    server_text: (text: string, step: Step) => this.#socketOf(step).tell('onmessage', { data: text }),
    refuse: (status: number | null, step: Step) => {
      const message = status === null ? undefined : `Unexpected server response: ${status}`;
      this.#socketOf(step).tell('onerror', { message });
      this.#socketOf(step).tell('onclose', { code: 1006 });
    },
    drop: (code: number, step: Step) => this.#socketOf(step).tell('onclose', { code }),
    advance: (milliseconds: number) => this.#clock.advance(milliseconds),
    sleep: (milliseconds: number) => this.#clock.advance(milliseconds, true),
    restart: () => {
      this.#clock.clear();
      this.#client = this.#start();
    },
    app: (action: string, step: Step) => (this.#actions as Record<string, Play>)[action]?.(step as never, step),
  };

  readonly #actions = {
    chat: ({ call, content, stream }: { call: string; content: unknown; stream?: boolean }) => {
      const onText = stream ? (text: string) => this.#done.text.push({ call, text }) : undefined;
      const { signal } = this.#cancelOf(call);
      const reply = this.#client.chat(String(this.#names.fill(content)), { onText, signal });
      this.#replies.set(call, reply);
      this.#settle(call, reply);
    },
    call_tool: ({ call, tool_name, params }: { call: string; tool_name: string; params?: Json }) =>
      this.#settle(call, this.#client.callTool(tool_name, params)),
    register_tools: ({ call, tools }: { call: string; tools: Json[] }) =>
      this.#settle(
        call,
        this.#client.registerTools(tools.map((tool) => camelCased(tool) as unknown as ToolDescription)),
      ),
    join: ({ call, group }: OfGroup) => this.#settle(call, this.#client.join(group)),
    leave: ({ call, group }: OfGroup) => this.#settle(call, this.#client.leave(group)),
    watch_presence: ({ call, group }: OfGroup) => this.#settle(call, this.#client.watchPresence(group)),
    unwatch_presence: ({ call, group }: OfGroup) => this.#settle(call, this.#client.unwatchPresence(group)),
    on_tool_call: ({ tool_name, result, error, hangs, progress }: Json) =>
      this.#client.onToolCall(String(tool_name), (_, { callId, signal, progress: tell }) => {
        const { progress: done, ...more } = (progress ?? {}) as { progress?: number; total?: number; message?: string };
        if (done !== undefined) tell(done, more);
        if (error) throw error;
        if (!hangs) return result;
        return new Promise(() =>
          signal.addEventListener('abort', () => this.#done.tells_tool.push({ call_id: callId })),
        );
      }),
    on: ({ type }: { type: string }) =>
      this.#client.on(type, () => {
        throw new Error('a handler that fails');
      }),
    cancel_reply: ({ call }: { call: string }) => this.#replies.get(call)?.cancel(),
    cancel: ({ call }: { call: string }) => this.#cancels.get(call)?.abort(),
    wake: () => this.#client.wake(),
    close: () => void this.#client.close(),
  };

  #cancelOf(call: string): AbortController {
    const controller = new AbortController();
    this.#cancels.set(call, controller);
    return controller;
  }

  #settle(call: string, promise: Promise<unknown>): void {
    promise.then(
      (result) => this.#done.settles.push({ call, result }),
      (error: SwitchboardError) => this.#done.settles.push({ call, error: error.code ?? String(error) }),
    );
  }

  #greeting(): Json {
    return {
      client_id: 'c-1',
      server_time: new Date(this.#clock.now()).toISOString(),
      protocol: 1,
      heartbeat_seconds: 45,
      max_message_bytes: 131_072,
      max_frame_bytes: 131_072,
      epoch: 'e1',
      seq: 0,
      broadcast: 'b00',
      resumable_seconds: 86_400,
    };
  }

  #expect(verb: string, value: unknown, step: Step): void {
    if (verb === 'state') {
      const { state, reason } = typeof value === 'string' ? { state: value, reason: undefined } : (value as Json);
      expect({ state: this.#client.state, reason: reason && this.#reason }).toEqual({ state, reason });
    } else if (verb === 'sends') this.#match(value, this.#socketOf(step).sent.shift());
    else if (verb === 'opens') this.#match({ query: {}, protocols: [], ...(value as Json) }, this.#done.opens.shift());
    else if (verb === 'closes') {
      const socket = step.socket ?? this.#sockets.length;
      if (value !== null || this.#done.closes.length > 0) {
        this.#match({ socket, code: value ?? '$_' }, this.#done.closes.shift());
      }
    } else if (verb in this.#done) this.#match(value, (this.#done as Record<string, unknown[]>)[verb]?.shift());
    else throw new Error('unknown verb');
  }

  #match(expected: unknown, actual: unknown): void {
    expect(actual).toEqual(this.#names.expected(expected, actual));
  }

  #assertNothingElse(): void {
    const sent = this.#sockets.map((socket) => socket.sent);
    expect({ ...this.#done, sent: sent.flat() }).toEqual({
      ...Object.fromEntries(Object.keys(this.#done).map((verb) => [verb, []])),
      sent: [],
    });
  }
}

function tokenOf(token: string | null | undefined): string {
  if (typeof token !== 'string') throw new Error('no token');
  return token;
}

const camelCased = (object: Json) =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), value]),
  );

const withoutNull = (object: Json) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));

/** In the notation of the vectors. */
function wireOf({ messageId, replyTo, ...frame }: Frame): Json {
  return { ...frame, message_id: messageId, reply_to: replyTo };
}
