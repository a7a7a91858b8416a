/** A WebSocket client for tests: frames wait in a queue, so that tests take what they need and never sleep. */
import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

export interface ReceivedFrame {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into data of any shape
  data: any;
  message_id: string;
  timestamp: string;
  reply_to?: string;
  epoch?: string;
  seq?: number;
  group?: string;
  broadcast?: string;
}

export interface Closed {
  code: number;
  reason: string;
}

export interface OpenOptions extends ClientOptions {
  /** Subprotocols that the client offers. */
  protocols?: string[];
}

export class TestClient {
  readonly #frames: ReceivedFrame[] = [];
  readonly #waiting: { resolve(frame: ReceivedFrame): void; reject(error: Error): void }[] = [];
  readonly #socket: WebSocket;
  /** Why no more frames arrive. */
  #end: Error | undefined;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<Closed>;
  /** From `connection_established`. */
  clientId = '';
  /** Also from there, without access control. */
  resumeToken = '';
  epoch = '';

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(data.toString())));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#end = new Error(`closed with ${code} while a test waits for a frame`);
        for (const { reject } of this.#waiting) reject(this.#end);
      });
    });
  }

  /** Connects, and takes the first frame, which must be `connection_established`. */
  static async connect(url: string, options: OpenOptions = {}): Promise<TestClient> {
    const client = await TestClient.open(url, options);
    const first = await client.next();
    if (first.type !== 'connection_established') throw new Error(`the first frame was ${first.type}`);
    client.clientId = first.data.client_id;
    client.epoch = first.data.epoch;
    client.resumeToken = first.data.resume_token;
    return client;
  }

  /** Connects, and leaves the first frame in the queue. */
  static async open(url: string, { protocols = [], ...options }: OpenOptions = {}): Promise<TestClient> {
    const socket = new WebSocket(url, protocols, options);
    const client = new TestClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** The next frame, in the order of arrival. */
  next(): Promise<ReceivedFrame> {
    const frame = this.#frames.shift();
    if (frame) return Promise.resolve(frame);
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** The next frame of a type; those before it are dropped. */
  async nextOf(type: string): Promise<ReceivedFrame> {
    for (;;) {
      const frame = await this.next();
      if (frame.type === type) return frame;
    }
  }

  send(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  /** In frames of at most 32,000 bytes, API Gateway's limit for one frame; a message may have several. */
  sendText(text: string): void {
    const bytes = Buffer.from(text);
    for (let start = 0; start === 0 || start < bytes.length; start += 32_000) {
      this.#socket.send(bytes.subarray(start, start + 32_000), { binary: false, fin: start + 32_000 >= bytes.length });
    }
  }

  /** Sends a message and returns its answer, skipping `processing`. */
  async ask(message: object): Promise<ReceivedFrame> {
    this.send(message);
    for (;;) {
      const frame = await this.next();
      if (frame.type !== 'processing') return frame;
    }
  }

  /** The socket itself, for what only it can do: binary frames, pausing. */
  get socket(): WebSocket {
    return this.#socket;
  }

  async close(code?: number): Promise<void> {
    this.#socket.close(code);
    await this.closed;
  }

  #take(frame: ReceivedFrame): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve(frame);
    else this.#frames.push(frame);
  }
}
