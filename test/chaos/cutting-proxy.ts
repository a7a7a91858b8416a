/**
 * An unreliable network: a TCP proxy that cuts each connection after a while, by a reset, silently, or in the middle of a frame, and loses,
 * duplicates and delays the server's frames like a platform that posts them. The seed and the client's name decide what happens to a client;
 * the name is in the query of the URL it connects to.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { createRandom, type Random } from '../../bench/simulate/random';

export interface NetworkFaults {
  /** Average milliseconds after which a connection is cut; never if omitted. */
  cutEvery?: number;
  /** Shares of the server's frames. */
  lost: number;
  doubled: number;
  delayed: number;
  /** Delay of those that are delayed, in milliseconds. */
  delay: number;
}

export interface NetworkCounts {
  connections: number;
  resets: number;
  silences: number;
  midFrame: number;
  lost: number;
  doubled: number;
  delayed: number;
}

const QUIET: NetworkFaults = { lost: 0, doubled: 0, delayed: 0, delay: 0 };

/** Maximum milliseconds for which the server's side of a silent connection stays open after the client has left. */
const SILENT_SIDE = 4_000;

const HEAD_END = Buffer.from('\r\n\r\n');

export class CuttingProxy {
  /** Changed by `disturb` and `calm`. */
  faults: NetworkFaults = QUIET;
  readonly counts: NetworkCounts = {
    connections: 0,
    resets: 0,
    silences: 0,
    midFrame: 0,
    lost: 0,
    doubled: 0,
    delayed: 0,
  };
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #randoms = new Map<string, Random>();
  readonly #seed: number;
  /** Where the server is. */
  port: number;

  private constructor(server: Server, seed: number, port: number) {
    this.#server = server;
    this.#seed = seed;
    this.port = port;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(seed: number, port: number): Promise<CuttingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CuttingProxy(server, seed, port);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Starts the faults, also for existing connections. */
  disturb(faults: NetworkFaults): void {
    this.faults = faults;
    for (const pair of this.#pairs) pair.cutLater();
  }

  /** Ends the faults, after cutting each connection once: a client notices a lost last broadcast only when it reconnects. */
  calm(): void {
    this.faults = QUIET;
    for (const pair of this.#pairs) pair.reset();
  }

  /** Current number of connections of one client. */
  openOf(name: string): number {
    return [...this.#pairs].filter((pair) => pair.name === name).length;
  }

  async stop(): Promise<void> {
    for (const pair of this.#pairs) pair.reset();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    this.counts.connections += 1;
    const far = new Socket();
    const pair = new Pair(near, far, this, (name) => this.#randomOf(name));
    this.#pairs.add(pair);
    pair.ended = () => this.#pairs.delete(pair);
    far.connect(this.port, '127.0.0.1');
  }

  #randomOf(name: string): Random {
    let random = this.#randoms.get(name);
    if (!random) {
      random = createRandom(hashOf(`${this.#seed} ${name}`));
      this.#randoms.set(name, random);
    }
    return random;
  }
}

export function hashOf(text: string): number {
  let hash = 5_381;
  for (const letter of text) hash = (Math.imul(hash, 33) ^ letter.charCodeAt(0)) | 0;
  return hash;
}

/** A connection, and the one to the server behind it. */
class Pair {
  name = '';
  ended: () => void = () => {};
  #random: Random = () => 0.5;
  #isSilent = false;
  #cutsNext = false;
  #timer: NodeJS.Timeout | undefined;
  /** True once the server's answer to the handshake has passed. */
  #isOpen = false;
  #rest: Buffer = Buffer.alloc(0);
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #proxy: Pick<CuttingProxy, 'faults' | 'counts'>;

  constructor(
    near: Socket,
    far: Socket,
    proxy: Pick<CuttingProxy, 'faults' | 'counts'>,
    randomOf: (name: string) => Random,
  ) {
    this.#near = near;
    this.#far = far;
    this.#proxy = proxy;
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#near.resetAndDestroy());
    }
    near.once('data', (head) => {
      this.name = /[?&]client=([\w-]+)/.exec(String(head))?.[1] ?? '';
      this.#random = randomOf(this.name);
      this.cutLater();
    });
    near.on('data', (bytes) => this.#fromClient(bytes));
    far.on('data', (bytes) => this.#fromServer(bytes));
    near.on('close', () => this.#nearClosed());
    far.on('close', () => !this.#isSilent && near.destroy());
  }

  cutLater(): void {
    const { cutEvery } = this.#proxy.faults;
    if (cutEvery !== undefined) this.#timer = setTimeout(() => this.#cut(), this.#random() * 2 * cutEvery);
  }

  reset(): void {
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  #nearClosed(): void {
    clearTimeout(this.#timer);
    this.ended();
    if (!this.#isSilent) this.#far.destroy();
    else setTimeout(() => this.#far.destroy(), this.#random() * SILENT_SIDE).unref();
  }

  #cut(): void {
    const kind = this.#random();
    if (kind < 0.4) {
      this.#proxy.counts.resets += 1;
      this.reset();
    } else if (kind < 0.7) {
      this.#proxy.counts.silences += 1;
      this.#isSilent = true;
    } else this.#cutsNext = true;
  }

  #cutIn(bytes: Buffer, to: Socket): void {
    this.#proxy.counts.midFrame += 1;
    to.end(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => this.reset());
  }

  #fromClient(bytes: Buffer): void {
    if (this.#isSilent) return;
    if (this.#cutsNext) this.#cutIn(bytes, this.#far);
    else this.#far.write(bytes);
  }

  #fromServer(bytes: Buffer): void {
    if (this.#isSilent) return;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (!this.#isOpen) {
      const end = this.#rest.indexOf(HEAD_END);
      if (end < 0) return;
      this.#near.write(this.#rest.subarray(0, end + HEAD_END.length));
      this.#rest = this.#rest.subarray(end + HEAD_END.length);
      this.#isOpen = true;
    }
    for (let length = frameLength(this.#rest); length !== undefined; length = frameLength(this.#rest)) {
      const frame = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      this.#pass(frame);
    }
  }

  #pass(frame: Buffer): void {
    if (this.#isSilent) return;
    if (this.#cutsNext) {
      this.#cutIn(frame, this.#near);
      this.#isSilent = true;
      return;
    }
    const { lost, doubled, delayed, delay } = this.#proxy.faults;
    const { counts } = this.#proxy;
    const isText = frame[0] === 0x81;
    const chance = isText ? this.#random() : 1;
    if (chance < lost) {
      counts.lost += 1;
    } else if (chance < lost + doubled) {
      counts.doubled += 1;
      this.#near.write(frame);
      this.#near.write(frame);
    } else if (chance < lost + doubled + delayed) {
      counts.delayed += 1;
      setTimeout(() => this.#near.writable && !this.#isSilent && this.#near.write(frame), delay).unref();
    } else this.#near.write(frame);
  }
}

/** Length of the unmasked frame at the start, in bytes; undefined if it is incomplete. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] as number) & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head) return undefined;
  const body = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return bytes.length < head + body ? undefined : head + body;
}
