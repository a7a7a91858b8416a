/** What this process holds in memory for the other ends of its sockets: bounded in all, and the worst of them is cut off. */

/** Something that holds bytes, and lets go of all of them when it is destroyed. */
export interface Holder {
  destroy(): void;
  /** Tells anew what it holds. Asked of the worst before it is cut off, where it may have been counted too high. */
  recount?(): void;
}

interface Held {
  bytes: number;
  /** Milliseconds, by the clock that is given. */
  since: number;
}

export interface HeldBytesOptions {
  /** Bytes of all holders together. */
  max: number;
  now(): number;
  /** Told of each holder that is cut off. */
  onCutOff(bytes: number): void;
}

export class HeldBytes {
  readonly #options: HeldBytesOptions;
  readonly #holders = new Map<Holder, Held>();
  #total = 0;

  constructor(options: HeldBytesOptions) {
    this.#options = options;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts bytes; above the bound it cuts off whoever holds much for long, until the rest fits. */
  add(holder: Holder, bytes: number): void {
    const held = this.#holders.get(holder) ?? { bytes: 0, since: this.#options.now() };
    held.bytes += bytes;
    this.#holders.set(holder, held);
    this.#total += bytes;
    while (this.#total > this.#options.max && this.#holders.size > 0) this.#cutOffWorst();
  }

  /** To be called when they are no longer held. Nothing is left to remove of a holder that was cut off. */
  remove(holder: Holder, bytes: number): void {
    const held = this.#holders.get(holder);
    if (!held) return;
    held.bytes -= bytes;
    this.#total -= bytes;
    if (held.bytes <= 0) this.#holders.delete(holder);
  }

  /** By bytes and time, so that a large answer on its way to a reader counts for less than a smaller one that nobody reads. */
  #cutOffWorst(): void {
    const now = this.#options.now();
    let worst: [Holder, Held] | undefined;
    let most = -1;
    for (const entry of this.#holders) {
      const score = entry[1].bytes * (now - entry[1].since + 1);
      if (score > most) [worst, most] = [entry, score];
    }
    if (!worst) return;
    const [holder, held] = worst;
    const { bytes } = held;
    holder.recount?.();
    if (held.bytes !== bytes) return;
    this.#holders.delete(holder);
    this.#total -= bytes;
    holder.destroy();
    this.#options.onCutOff(bytes);
  }
}

/** What one request makes this process hold. */
export interface Hold {
  add(bytes: number): void;
  /** To be called once, when nothing of it is held any longer. */
  release(): void;
}

/** @param cutOff  ends the connection that this is held for, and so frees it */
export function createHold(held: HeldBytes, cutOff: () => void): Hold {
  let bytes = 0;
  let isCutOff = false;
  const holder: Holder = {
    destroy() {
      isCutOff = true;
      cutOff();
    },
  };
  return {
    add(more) {
      if (isCutOff) return;
      bytes += more;
      held.add(holder, more);
    },
    release: () => held.remove(holder, bytes),
  };
}
