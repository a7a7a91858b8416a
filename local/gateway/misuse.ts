/** Addresses whose clients are cut off for what they cost: they come back at a bounded pace, so that cutting off is no flood of handshakes. */
import { networkOf } from './admission';
import type { GatewayClock } from './clock';

/** Cut-offs of one address that have no consequence, when there were none for a while. */
const BURST = 50;

/** Cut-offs of one address in a second that are forgotten. */
const FORGOTTEN_A_SECOND = 10;

/** The most cut-offs that count, so that an address is slowed for some seconds after the last one. */
const MOST = BURST + 10 * FORGOTTEN_A_SECOND;

/** Milliseconds between two handshakes of an address that is slowed. */
const PACE = 50;

/** Handshakes of such an address that wait for their turn; more are refused. */
export const MAX_WAITING = 64;

/** Addresses that are known at a time. */
const MAX_ADDRESSES = 10_000;

interface Known {
  cutOffs: number;
  /** By the monotonic clock, when that was right. */
  at: number;
}

export class Misuse {
  readonly #clock: Pick<GatewayClock, 'monotonic' | 'setTimer'>;
  /** The address whose last cut-off is the longest ago comes first. */
  readonly #known = new Map<string, Known>();
  /** Of the addresses that have handshakes waiting. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(clock: Pick<GatewayClock, 'monotonic' | 'setTimer'>) {
    this.#clock = clock;
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

  /** Begins a handshake at once, or after others of an address that is slowed. @returns false where too many of it wait */
  enter(address: string, begin: () => void): boolean {
    if (this.#known.size === 0) {
      begin();
      return true;
    }
    const key = networkOf(address);
    const waiting = this.#waiting.get(key);
    if (waiting && waiting.length >= MAX_WAITING) return false;
    if (waiting) waiting.push(begin);
    else if (this.#cutOffs(key) <= BURST) begin();
    else this.#wait(key, [begin]);
    return true;
  }

  #wait(key: string, waiting: (() => void)[]): void {
    this.#waiting.set(key, waiting);
    this.#clock.setTimer(PACE, () => {
      waiting.shift()?.();
      if (waiting.length > 0) this.#wait(key, waiting);
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
