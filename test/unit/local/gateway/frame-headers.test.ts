import { FrameHeaders } from '../../../../local/gateway/frame-headers';
import { frame } from '../../../support/raw-client';

const MAX = 131_072;

function follow(...chunks: Buffer[]): FrameHeaders {
  const headers = new FrameHeaders(MAX);
  for (const chunk of chunks) headers.exceeds(chunk);
  return headers;
}

/** A stream cut into pieces of one size. */
function cut(stream: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(stream.length / size) }, (_, at) =>
    stream.subarray(at * size, at * size + size),
  );
}

const piece = frame('x', { fin: false });
const next = frame('x', { opcode: 0, fin: false });
const last = frame('x', { opcode: 0 });
const pong = frame('y'.repeat(125), { opcode: 10 });

describe('the memory held for an incomplete message', () => {
  it.each([
    ['a whole message', [frame('hello')]],
    ['several messages in one chunk', [Buffer.concat([frame('a'), frame('b'.repeat(300)), frame('')])]],
    ['a message in pieces, complete', [piece, next, last]],
    ['a message cut after every byte', cut(frame('x'.repeat(500)), 1)],
    ['pings and pongs', [pong, Buffer.concat([pong, pong])]],
    ['a ping cut in two', cut(frame('y'.repeat(100), { opcode: 9 }), 60)],
  ])('is nothing after %s', (_, chunks) => {
    expect(follow(...chunks).heldBytes).toBe(0);
  });

  it('exceeds its bytes: each fragment of one byte costs a buffer', () => {
    const headers = follow(Buffer.concat([piece, ...Array(4_000).fill(next)]));
    expect(headers.heldBytes).toBeGreaterThan(4_000 * 100);
    headers.exceeds(last);
    expect(headers.heldBytes).toBe(0);
  });

  it('includes the whole chunk in which a fragment arrived', () => {
    const full = Buffer.concat([...Array(500).fill(pong), next]);
    const headers = follow(piece);
    const before = headers.heldBytes;
    headers.exceeds(full);
    expect(headers.heldBytes - before).toBeGreaterThanOrEqual(full.length);
  });

  it('does not grow because of pongs between its fragments', () => {
    const headers = follow(piece);
    const before = headers.heldBytes;
    for (let sent = 0; sent < 100; sent += 1) headers.exceeds(Buffer.concat([pong, pong]));
    expect(headers.heldBytes).toBe(before);
  });

  it('counts a buffer per chunk of a frame that arrives byte by byte, and frees them at its end', () => {
    const bytes = cut(frame('x'.repeat(2_000)), 1);
    const headers = follow(...bytes.slice(0, 1_000));
    expect(headers.heldBytes).toBeGreaterThan(1_000 * 300);
    for (const byte of bytes.slice(1_000)) headers.exceeds(byte);
    expect(headers.heldBytes).toBe(0);
  });

  it('starts again with a message that follows in the same chunk', () => {
    const headers = follow(piece, Buffer.concat([last, piece]));
    expect(headers.heldBytes).toBeLessThan(1_000);
    expect(headers.heldBytes).toBeGreaterThan(0);
  });
});

describe('counting', () => {
  it.each([1, 2, 3, 7, 64, 10_000])('does not depend on how the stream is cut: chunks of %d bytes', (size) => {
    const stream = Buffer.concat([frame('a'), pong, piece, next, pong, last, frame('z'.repeat(40_000))]);
    const { messages, frames, heldBytes } = follow(...cut(stream, size));
    expect({ messages, frames, heldBytes }).toEqual({ messages: 3, frames: 7, heldBytes: 0 });
  });
});
