/** A small server with positions, resume and detection of repeats, which loses what a test wants lost. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Json = Record<string, unknown>;

interface Faults {
  /** Frames to the client that are not sent at all. */
  loses(): boolean;
  /** Frames sent after the following one. */
  delays(): boolean;
  /** The socket breaks instead. */
  breaks(): boolean;
}

const NONE: Faults = { loses: () => false, delays: () => false, breaks: () => false };

export class ResumableServer {
  faults = NONE;
  /** What was handled, in order: a duplicate content is a message handled twice. */
  readonly handled: string[] = [];
  readonly resumes: Json[] = [];
  ack = 0;
  connections = 0;
  /** How long the platform keeps a connection, as in the greeting. */
  lifeMs: number | undefined;
  readonly #epoch = 'epoch';
  readonly #frames: Json[] = [];
  readonly #answers = new Map<string, Json>();
  readonly #server: WebSocketServer;
  #socket: WebSocket | undefined;
  #held: string[] = [];

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => this.#connected(socket));
  }

  static async start(): Promise<ResumableServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'switchboard' });
    await once(server, 'listening');
    return new ResumableServer(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  push(content: string): void {
    this.#post(this.#durable({ type: 'chat_message', data: { content, from_api: true } }));
  }

  break(): void {
    this.#socket?.terminate();
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connected(socket: WebSocket): void {
    const replaced = this.#socket;
    this.#socket = socket;
    this.connections++;
    this.#held = [];
    socket.on('message', (text) => this.#received(socket, JSON.parse(String(text))));
    const data = {
      ...{ client_id: 'c', protocol: 1, heartbeat_seconds: 45, max_message_bytes: 131_072, max_frame_bytes: 131_072 },
      ...{ epoch: this.#epoch, seq: this.#frames.length, resumable_seconds: 86_400 },
    };
    socket.send(JSON.stringify(this.#frame({ type: 'connection_established', data: { ...data, ...this.#life() } })));
    replaced?.send(
      JSON.stringify(this.#frame({ type: 'connection_closing', data: { reason: 'replaced', reconnect: false } })),
    );
    replaced?.close(1000);
  }

  #life(): Json {
    if (this.lifeMs === undefined) return {};
    const now = Date.now();
    return {
      server_time: new Date(now).toISOString(),
      connection_expires_at: new Date(now + this.lifeMs).toISOString(),
    };
  }

  #received(socket: WebSocket, message: Json): void {
    if (typeof message.ack === 'number') this.ack = Math.max(this.ack, message.ack);
    const reply_to = message.message_id;
    if (message.type === 'resume') this.#resume(socket, message.data as Json, reply_to);
    else if (message.type === 'ping') socket.send(JSON.stringify(this.#frame({ type: 'pong', data: {} })));
    else this.#answer(message, reply_to);
  }

  #resume(socket: WebSocket, data: Json, reply_to: unknown): void {
    this.resumes.push(data);
    const frames = this.#frames.slice(data.seq as number, (data.seq as number) + 5);
    const seq = (data.seq as number) + frames.length;
    const answer = { recovered: true, frames, epoch: this.#epoch, seq, more: seq < this.#frames.length, void: [] };
    socket.send(JSON.stringify(this.#frame({ type: 'resumed', data: answer, reply_to })));
  }

  #answer({ sender, sender_seq, data }: Json, reply_to: unknown): void {
    const key = `${sender} ${sender_seq}`;
    const stored = this.#answers.get(key);
    if (stored) {
      this.#post(stored);
      return;
    }
    const { content } = data as { content: string };
    this.handled.push(content);
    const answer = this.#durable({
      type: 'chat_response',
      data: { content: `Echo: ${content}`, status: 'completed' },
      reply_to,
    });
    this.#answers.set(key, answer);
    this.#post(answer);
  }

  #post(frame: Json): void {
    const text = JSON.stringify(frame);
    if (this.faults.breaks()) this.break();
    else if (this.faults.loses()) return;
    else if (this.faults.delays()) this.#held.push(text);
    else for (const ready of [text, ...this.#held.splice(0)]) this.#socket?.send(ready);
  }

  #durable(frame: Json): Json {
    const durable = this.#frame({ ...frame, epoch: this.#epoch, seq: this.#frames.length + 1 });
    this.#frames.push(durable);
    return durable;
  }

  #frame(frame: Json): Json {
    return { ...frame, message_id: crypto.randomUUID(), timestamp: new Date().toISOString() };
  }
}
