/**
 * Encodes texts as frames. Caches the frame of a text that many connections get in turn, such as a broadcast: it is encoded once, and written as bytes
 * to each.
 */

/** FIN and the opcode of text: RFC 6455, section 5.2. */
const TEXT = 0x81;

export class SharedFrame {
  #text: string | undefined;
  #frame: Buffer | undefined;

  /** Undefined the first time that a text is sent: only a repeat is worth caching. */
  of(text: string): Buffer | undefined {
    if (text !== this.#text) {
      this.#text = text;
      this.#frame = undefined;
      return undefined;
    }
    this.#frame ??= textFrame(text);
    return this.#frame;
  }
}

/** A text, or a frame that is encoded already. */
export type Part = string | Buffer;

/** All parts in one write: a Latin-1 string if all are ASCII texts, which takes no buffer of its own, else bytes. */
export function framesOf(parts: readonly Part[]): string | Buffer {
  const [first] = parts;
  if (parts.length === 1 && typeof first === 'object') return first;
  let frames = '';
  for (const part of parts) {
    if (typeof part !== 'string' || Buffer.byteLength(part) !== part.length) return Buffer.concat(parts.map(frameOf));
    frames += headerOf(part.length) + part;
  }
  return frames;
}

function frameOf(part: Part): Buffer {
  return typeof part === 'string' ? textFrame(part) : part;
}

/** A single unmasked frame, as servers send it. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from(headerOf(payload.length), 'latin1'), payload]);
}

/** @returns a character for each byte */
function headerOf(length: number): string {
  const { fromCharCode } = String;
  if (length < 126) return fromCharCode(TEXT, length);
  if (length < 65_536) return fromCharCode(TEXT, 126, length >> 8, length & 0xff);
  return fromCharCode(TEXT, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}
