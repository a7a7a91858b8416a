/** A manual WebSocket client, for what a library would not do: partial frames, floods, silence. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { OFFER } from './handshake';

/**
 * Connects and does the handshake. Later data from the server is left to readers of the socket.
 * @param localAddress  the source address; on Linux, any in 127.0.0.0/8
 */
export async function openRaw(
  url: string,
  headers: Record<string, string> = {},
  localAddress?: string,
): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const from = localAddress === undefined ? {} : { localAddress };
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, ...from }).setNoDelay();
  socket.on('error', () => {}); // it may be cut off
  const lines = Object.entries({ Host: host, ...OFFER, ...headers }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  const head = await readHead(socket);
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(head);
  return socket;
}

/** The header of an answer; later data stays in the socket, which is paused. */
async function readHead(socket: Socket): Promise<string> {
  let read = Buffer.alloc(0);
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    read = Buffer.concat([read, chunk]);
    const end = read.indexOf('\r\n\r\n');
    if (end < 0) {
      socket.resume();
      continue;
    }
    if (end + 4 < read.length) socket.unshift(read.subarray(end + 4));
    return read.subarray(0, end).toString();
  }
}

export interface FrameOptions {
  /** 1 for text, 0 for a continuation, 8 for close, 9 for ping. */
  opcode?: number;
  /** Whether it ends its message; true if omitted. */
  fin?: boolean;
}

/** A client's frame, masked with zeroes. */
export function frame(payload: string | Buffer, { opcode = 1, fin = true }: FrameOptions = {}): Buffer {
  const bytes = Buffer.from(payload);
  const header = [(fin ? 0x80 : 0) | opcode, 0x80 | Math.min(bytes.length, 126)];
  if (bytes.length > 65_535) throw new Error('too long for a test');
  if (bytes.length >= 126) header.push(bytes.length >> 8, bytes.length & 0xff);
  return Buffer.concat([Buffer.from([...header, 0, 0, 0, 0]), bytes]);
}

export function closeFrame(code?: number): Buffer {
  return frame(code === undefined ? '' : Buffer.from([code >> 8, code & 0xff]), { opcode: 8 });
}

/** Resolves when the other side has ended or cut off the connection. Data until then is dropped. */
export async function ended(socket: Socket): Promise<void> {
  socket.resume();
  if (socket.destroyed || socket.readableEnded) return;
  await new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
}
