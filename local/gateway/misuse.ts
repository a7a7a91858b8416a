/** Slows down handshakes from addresses whose clients are often cut off, so that cutting them off does not cause a flood of handshakes. */
import { networkOf } from './admission';
import type { GatewayClock } from './clock';

/** Cut-offs of one address without consequences, after a quiet time. */
const BURST = 50;

/** Cut-offs of one address that are forgotten per second. */
const FORGOTTEN_A_SECOND = 10;

/** Maximum of the count, so that an address is slowed down only for some seconds after its last cut-off. */
const MOST = BURST + 10 * FORGOTTEN_A_SECOND;

/** Milliseconds between two handshakes of a slowed address. */
const PACE = 50;

/** Waiting handshakes per slowed address; more are refused. */
export const MAX_WAITING = 64;

/** Maximum number of addresses to track. */
const MAX_ADDRESSES = 10_000;

export interface WaitingHandshake {
  /** True once its client has gone: it gives up its place. */
  isGone(): boolean;
  begin(): void;
}

interface Known {
  cutOffs: number;
  /** Monotonic time of the last update. */
  at: number;
}

export class Misuse {
  readonly #clock: Pick<GatewayClock, 'monotonic' | 'setTimer'>;
  /** Ordered by the last cut-off, oldest first. */
  readonly #known = new Map<string, Known>();
  /** By address, for addresses with waiting handshakes. */
  readonly #waiting = new Map<string, WaitingHandshake[]>();

  constructor(clock: Pick<GatewayClock, 'monotonic' | 'setTimer'>) {
    this.#clock = clock;
  }

  /** Handshakes that wait, of all addresses. */
  get waiting(): number {
    let sum = 0;
    for (const handshakes of this.#waiting.values()) sum += handshakes.length;
    return sum;
  }

  /** A client of this address was cut off. */
  add(address: string): void {
    const key = networkOf(address);
    const known = { cutOffs: Math.min(MOST, this.#cutOffs(key) + 1), at: this.#clock.monotonic() };
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#known.keys() as Iterable<string> as [string];
    this.#known.delete(oldest);
  }

  /** Starts a handshake at once, or queues it if its address is slowed down. @returns false if too many are waiting */
  enter(address: string, handshake: WaitingHandshake): boolean {
    const key = networkOf(address);
    const waiting = this.#waiting.get(key);
    if (!waiting && this.#cutOffs(key) <= BURST) {
      handshake.begin();
      return true;
    }
    const staying = waiting && waiting.length >= MAX_WAITING ? waiting.filter((one) => !one.isGone()) : (waiting ?? []);
    if (staying.length >= MAX_WAITING) return false;
    staying.push(handshake);
    this.#waiting.set(key, staying);
    if (!waiting) this.#beginNext(key);
    return true;
  }

  #beginNext(key: string): void {
    this.#clock.setTimer(PACE, () => {
      const waiting = (this.#waiting.get(key) ?? []).filter((one) => !one.isGone());
      waiting.shift()?.begin();
      this.#waiting.set(key, waiting);
      if (waiting.length > 0) this.#beginNext(key);
      else this.#waiting.delete(key);
    });
  }

  #cutOffs(key: string): number {
    const known = this.#known.get(key);
    if (!known) return 0;
    const seconds = (this.#clock.monotonic() - known.at) / 1_000;
    return Math.max(0, known.cutOffs - seconds * FORGOTTEN_A_SECOND);
  }
}
