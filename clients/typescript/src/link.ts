/** One socket: its handshake, its greeting, its heartbeat, and its end (R2 to R8). */
import { type Received, receivedOf } from './inbox';
import { Timer } from './timers';
import type { Clock, JsonObject, Timers, WebSocketClass, WebSocketLike } from './types';
import { type Greeting, greetingOf } from './wire';

/** How a socket ended. */
export interface Ending {
  /** 1006 if the wire had none. */
  code: number;
  /** Status of the handshake, if the platform shows it. */
  status?: number;
}

export interface LinkEvents {
  /** @param early  frames that overtook the greeting */
  greeted(link: Link, early: Received[]): void;
  received(link: Link, received: Received): void;
  closing(link: Link, data: JsonObject): void;
  ended(link: Link, ending: Ending): void;
  /** Time for a ping; the owner sends it with `send`. */
  pingDue(link: Link): void;
}

export interface LinkDependencies {
  webSocket: WebSocketClass;
  clock: Clock;
  timers: Timers;
  json: { parse(text: string): unknown; stringify(value: unknown): string };
}

/** The message of the package ws for a refused handshake. Browsers and Node.js do not report the status. */
const REFUSAL = /^Unexpected server response: (\d{3})$/;

const BROKEN = 1006;

export class Link {
  greeting: Greeting | undefined;
  /** The time of the greeting. */
  greetedAt = 0;
  readonly #socket: WebSocketLike;
  readonly #early: Received[] = [];
  readonly #greetingTimer: Timer;
  readonly #heartbeat: Timer;
  readonly #pong: Timer;
  readonly #events: LinkEvents;
  readonly #dependencies: LinkDependencies;
  #status: number | undefined;
  #hasLeft = false;
  #sentAt = 0;
  #receivedAt = 0;

  /** @throws the WebSocket class's error for an invalid URL or token */
  constructor(url: string, protocols: string[], events: LinkEvents, dependencies: LinkDependencies) {
    const { webSocket: WebSocketOfPlatform, clock, timers } = dependencies;
    this.#events = events;
    this.#dependencies = dependencies;
    this.#greetingTimer = new Timer(clock);
    this.#heartbeat = new Timer(clock);
    this.#pong = new Timer(clock);
    const socket = protocols.length > 0 ? new WebSocketOfPlatform(url, protocols) : new WebSocketOfPlatform(url);
    this.#socket = socket;
    socket.onmessage = ({ data }: { data: unknown }) => this.#read(data);
    socket.onerror = ({ message }: { message?: unknown }) => {
      const [, status] = REFUSAL.exec(String(message)) ?? [];
      if (status !== undefined) this.#status = Number(status);
    };
    socket.onclose = ({ code }: { code: number }) => this.#end({ code, status: this.#status });
    this.#greetingTimer.set(timers.connectMs, () => this.abandon());
  }

  /** Sends one frame. */
  send(text: string): void {
    this.#sentAt = this.#dependencies.clock.now();
    this.#socket.send(text);
  }

  /** A ping was sent: a frame must arrive in time. */
  expectPong(): void {
    this.#heartbeat.clear();
    if (!this.#pong.isSet) this.#pong.set(this.#dependencies.timers.pongMs, () => this.abandon());
  }

  /** Drops a dead socket. Does not wait for its close event, which may take minutes. */
  abandon(): void {
    this.leave(1000);
    this.#events.ended(this, { code: BROKEN });
  }

  /** Closes the socket, and ignores everything that it still receives. */
  leave(code: number): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#stop();
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.onerror = () => {}; // ws emits an error if it is closed before it is open
    try {
      this.#socket.close(code);
    } catch {
      // A socket that cannot be closed is gone.
    }
  }

  #end(ending: Ending): void {
    this.#hasLeft = true;
    this.#stop();
    this.#events.ended(this, ending);
  }

  #stop(): void {
    this.#greetingTimer.clear();
    this.#heartbeat.clear();
    this.#pong.clear();
  }

  #read(text: unknown): void {
    const now = this.#dependencies.clock.now();
    this.#receivedAt = now;
    this.#pong.clear();
    if (this.greeting) this.#scheduleHeartbeat();
    const received = typeof text === 'string' ? this.#parse(text) : undefined;
    if (!received) return;
    const { frame } = received;
    const isOurs = frame.broadcast === undefined;
    if (isOurs && frame.type === 'connection_closing') this.#events.closing(this, frame.data);
    else if (this.greeting) this.#events.received(this, received);
    else if (isOurs && frame.type === 'connection_established') {
      this.#greetingTimer.clear();
      this.greeting = greetingOf(frame);
      this.greetedAt = now;
      this.#sentAt = now;
      this.#scheduleHeartbeat();
      this.#events.greeted(this, this.#early.splice(0));
    } else this.#early.push(received);
  }

  #parse(text: string): Received | undefined {
    try {
      return receivedOf(this.#dependencies.json.parse(text));
    } catch {
      return undefined;
    }
  }

  /** A ping is due one heartbeat after the last sent or received frame, whichever is older. */
  #scheduleHeartbeat(): void {
    if (this.#heartbeat.isSet || this.#pong.isSet || !this.greeting) return;
    const dueAt = Math.min(this.#sentAt, this.#receivedAt) + this.greeting.heartbeatMs;
    const wait = dueAt - this.#dependencies.clock.now();
    if (wait <= 0) this.#events.pingDue(this);
    else this.#heartbeat.set(wait, () => this.#scheduleHeartbeat());
  }
}
