/** One connection of a load, on a plain socket: whatever it costs the processor is not left for the server. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type Dialect, dialects } from './dialects';
import { FrameCounter, textFrame } from './frames';

/** What is read from any socket is looked at before the next is read, so that one place for it is enough. */
const received = Buffer.allocUnsafe(65_536);

/** In one of so many reads a frame is looked into; all others are counted only. */
const SAMPLE_EVERY = 1_024;
let reads = 0;

export class LoadClient {
  /** Told of frames that have come. */
  onFrames: (frames: number, client: LoadClient) => void = () => {};
  /** Given a frame now and then, to check; none is decoded where there is no such check. */
  onSample: ((frame: unknown) => void) | undefined;
  /** Told of an end that nobody asked for. */
  onEnd: (reason: Error) => void = () => {};
  /** Frames that have come and answer nothing yet; kept for the load that counts them. */
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

  /** Ends with a reset: after a close in good order its port would be held for a minute, and there are only so many. */
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

  /** Where the frames begin; the end of the chunk, where the handshake's answer is not complete. */
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
