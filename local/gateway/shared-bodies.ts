/** Bodies that are answered again and again, as files are: decoded once, and written to every client from the same memory. */

/** Characters of Base64 below which decoding costs nothing worth keeping. */
const MIN_LENGTH = 16_384;

/** Bodies that are kept. */
const MAX_BODIES = 8;

interface Known {
  text: string;
  bytes: Buffer;
  /** True once it came again. */
  isShared: boolean;
}

export class SharedBodies {
  /** The one that was asked for last comes first. */
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

  /** True where these bytes are held for others too, so that one more answer takes no more memory. */
  isShared(bytes: Buffer): boolean {
    return this.#known.some((known) => known.bytes === bytes && known.isShared);
  }
}
