/** Response bodies that are sent repeatedly, such as files: decoded once, and written to all clients from the same memory. */

/** Base64 characters below which decoding is too cheap to cache. */
const MIN_LENGTH = 16_384;

/** Maximum number of cached bodies. */
const MAX_BODIES = 8;

interface Known {
  text: string;
  bytes: Buffer;
  /** True once it was used twice. */
  isShared: boolean;
}

export class SharedBodies {
  /** Most recently used first. */
  readonly #known: Known[] = [];

  /** @param text  in Base64 */
  of(text: string): Buffer {
    if (text.length < MIN_LENGTH) return Buffer.from(text, 'base64');
    const at = this.#known.findIndex((known) => known.text === text);
    const [found] = at < 0 ? [] : this.#known.splice(at, 1);
    const bytes = found?.bytes ?? Buffer.from(text, 'base64');
    this.#known.unshift({ text, bytes, isShared: found !== undefined });
    if (this.#known.length > MAX_BODIES) this.#known.pop();
    return bytes;
  }

  /** True if other answers use the same bytes, so that one more answer takes no more memory. */
  isShared(bytes: Buffer): boolean {
    return this.#known.some((known) => known.bytes === bytes && known.isShared);
  }
}
