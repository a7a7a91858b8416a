/** Memory that this process holds for its peers: limited in total. Above the limit the worst holder is cut off. */

/** Something that holds bytes, and frees all of them when it is destroyed. */
export interface Holder {
  destroy(): void;
  /** Reports its bytes again. Called before the worst holder is cut off, because its count may be too high. */
  recount?(): void;
}

interface Held {
  bytes: number;
  /** Milliseconds, by the given clock. */
  since: number;
}

export interface HeldBytesOptions {
  /** Maximum bytes of all holders together. */
  max: number;
  now(): number;
  /** Called for each holder that is cut off. */
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

  /** Counts bytes. Above the limit it cuts off the worst holders until the rest fits. */
  add(holder: Holder, bytes: number): void {
    const held = this.#holders.get(holder) ?? { bytes: 0, since: this.#options.now() };
    held.bytes += bytes;
    this.#holders.set(holder, held);
    this.#total += bytes;
    while (this.#total > this.#options.max && this.#holders.size > 0) this.#cutOffWorst();
  }

  /** Call it when the bytes are no longer held. No-op for a holder that was cut off. */
  remove(holder: Holder, bytes: number): void {
    const held = this.#holders.get(holder);
    if (!held) return;
    held.bytes -= bytes;
    this.#total -= bytes;
    if (held.bytes <= 0) this.#holders.delete(holder);
  }

  /** Ranks by bytes times age, so that a large answer that is being read scores lower than a smaller one that nobody reads. */
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

/** Bytes held for one request. */
export interface Hold {
  add(bytes: number): void;
  /** Call it once, when none of them are held any more. */
  release(): void;
}

/** @param cutOff  closes the connection that the bytes are held for, which frees them */
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
