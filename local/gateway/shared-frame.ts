/** Caches the encoded frame of a text that many connections get in turn, such as a broadcast: encoded once, written as bytes to each. */

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

/** A single unmasked frame, as servers send it. */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + lengthBytes + length);
  frame[0] = TEXT;
  frame[1] = lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127;
  if (lengthBytes === 2) frame.writeUInt16BE(length, 2);
  if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.write(text, 2 + lengthBytes);
  return frame;
}
