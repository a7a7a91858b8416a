/** Writes a text frame to many sockets without their streams, so that nothing is left but the system call. */
import type { Duplex } from 'node:stream';

/** What Node's socket on TCP writes to. */
interface Handle {
  writeBuffer(request: object, bytes: Buffer): number;
}

/** Not public: this is a measurement, not a way to write a server. */
const { WriteWrap } = (process as unknown as { binding(name: string): { WriteWrap: new () => object } }).binding(
  'stream_wrap',
);

/** @param payload  126 to 65,535 bytes */
export function writeToAll(streams: Iterable<Duplex>, payload: Buffer): void {
  const header = Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff]);
  const frame = Buffer.concat([header, payload]);
  for (const stream of streams) (stream as unknown as { _handle: Handle })._handle.writeBuffer(new WriteWrap(), frame);
}
