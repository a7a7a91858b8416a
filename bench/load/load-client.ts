/** One connection of a load, on a plain socket: its processor time is not available to the server. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type Dialect, dialects } from './dialects';
import { FrameCounter, textFrame } from './frames';

/** Data from one socket is processed before the next is read, so one buffer is enough for all. */
const received = Buffer.allocUnsafe(65_536);

/** One read in this many has a frame examined; all others are only counted. */
const SAMPLE_EVERY = 1_024;
let reads = 0;

export class LoadClient {
  /** Called when frames have arrived. */
  onFrames: (frames: number, client: LoadClient) => void = () => {};
  /** Called with some of the frames, to check them; no frame is decoded without it. */
  onSample: ((frame: unknown) => void) | undefined;
  /** Called on an unexpected end. */
  onEnd: (reason: Error) => void = () => {};
  /** Frames that have arrived but do not complete an answer yet; managed by the load that counts them. */
  loose = 0;
  readonly #dialect: Dialect;
  readonly #socket: Socket;
  readonly #frames = new FrameCounter();
  #head: string | undefined = '';

  constructor(url: string, dialect: keyof typeof dialects) {
    const { hostname, port } = new URL(url);
    this.#dialect = dialects[dialect];
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: received, callback: (length) => this.#read(length) },
    });
    this.#socket.write(handshake(this.#dialect.path, `${hostname}:${port}`));
    this.#socket.on('error', (error) => this.onEnd(error));
    this.#socket.on('close', () => this.onEnd(new Error('the server closed a connection')));
  }

  /** Resolves when the server has greeted. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      let frames = 0;
      this.onEnd = reject;
      this.onFrames = (count) => {
        frames += count;
        const next = this.#dialect.hello?.[frames];
        if (next !== undefined) this.send(textFrame(next));
        if (frames === this.#dialect.openingFrames) resolve();
      };
    });
  }

  send(frames: Buffer): void {
    this.#socket.write(frames);
  }

  /** Ends with a reset: a clean close would occupy its port for a minute, and ports are limited. */
  close(): void {
    this.onEnd = () => {};
    this.#socket.resetAndDestroy();
  }

  #read(length: number): boolean {
    const start = this.#head === undefined ? 0 : this.#readHead(length);
    const frames = this.#frames.count(received, start, length);
    reads += 1;
    const { from, to } = this.#frames.last;
    if (reads % SAMPLE_EVERY === 0 && to > 0)
      this.onSample?.(this.#dialect.decode(received.toString('utf8', from, to)));
    if (frames > 0) this.onFrames(frames, this);
    return true; // goes on reading
  }

  /** The start of the frames; the end of the chunk if the handshake's answer is incomplete. */
  #readHead(length: number): number {
    const before = this.#head?.length ?? 0;
    const head = this.#head + received.toString('latin1', 0, length);
    const end = head.indexOf('\r\n\r\n');
    this.#head = head;
    if (end < 0) return length;
    if (!head.startsWith('HTTP/1.1 101 ')) this.onEnd(new Error(`the handshake was refused: ${head.slice(0, 80)}`));
    this.#head = undefined;
    const [first] = this.#dialect.hello ?? [];
    if (first !== undefined) this.send(textFrame(first));
    return end + 4 - before;
  }
}

function handshake(path: string, host: string): string {
  const key = randomBytes(16).toString('base64');
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Upgrade: websocket', 'Connection: Upgrade'];
  return `${[...lines, `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13'].join('\r\n')}\r\n\r\n`;
}
