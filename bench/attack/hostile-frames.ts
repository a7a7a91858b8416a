/** Frames that no honest client sends, generated from a seed: malformed, forbidden, or aimed at a weak parser. */
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createRandom, type Random } from '../../test/support/random';
import { frame } from '../../test/support/raw-client';
import type { Counts } from './swarm';

/** Number of attacking connections at a time. */
const AT_A_TIME = 40;

/** The most frames of one connection. */
const MOST_FRAMES = 100;

type Maker = (random: Random) => Buffer;

const text = (value: unknown) => frame(typeof value === 'string' ? value : JSON.stringify(value));

/** Frames that cause an error at most. */
const bearable: readonly Maker[] = [
  () => text({ type: 'ping', data: {} }),
  (random) => text({ type: 'chat_message', data: { content: 'x'.repeat(random(300)) }, message_id: random(1_000) }),
  () => text({ type: 'chat_message', data: { content: '\u0000\u202e\ud800' } }),
  () => text('{"type":"chat_message","data":{"content":"\\ud800"}}'),
  () => text({ type: 'tool_call', data: { tool_name: '__proto__', params: { constructor: { prototype: 1 } } } }),
  () => text('{"__proto__":{"type":"ping"},"constructor":1}'),
  () => text('{"type":"ping","type":"chat_message","data":{"content":[]}}'),
  () => text(`{"type":"tool_call","data":{"tool_name":"add","params":{"a":1e400,"b":-${'9'.repeat(300)}}}}`),
  (random) => text('['.repeat(1 + random(4_000))),
  (random) => text(`{"type":"ping","data":${'{"a":'.repeat(1 + random(900))}`),
  (random) => text({ type: 'x'.repeat(1 + random(2_000)) }),
  (random) => text({ type: ['toString', '__proto__', 'constructor', 'error', '', null, 7][random(7)] }),
  () => text(''),
  () => text('null'),
  () => text('\ufeff{"type":"ping"}'),
  () => text('{"type":"ping"'),
  () => text({ type: 'ping', message_id: { toString: 1 }, timestamp: [[]] }),
  () => text({ type: 'ping', message_id: 'm'.repeat(5_000) }),
  (random) => frame(Buffer.alloc(random(126), 0xff), { opcode: 9 }),
  (random) => frame(Buffer.alloc(random(126)), { opcode: 10 }),
  () => Buffer.concat([frame('{"type":', { fin: false }), frame('', { opcode: 9 }), frame('"ping"}', { opcode: 0 })]),
  () =>
    Buffer.concat([
      frame('', { fin: false }),
      ...Array(20).fill(frame('', { opcode: 0, fin: false })),
      frame('', { opcode: 0 }),
    ]),
];

/** Frames that close the connection. */
const fatal: readonly Maker[] = [
  () => frame('x', { opcode: 3 }),
  () => frame('x', { opcode: 11 }),
  () => frame('x', { opcode: 2 }),
  () => frame('x', { opcode: 0 }),
  () => frame('x', { opcode: 9, fin: false }),
  () => Buffer.concat([frame('a', { fin: false }), frame('b')]),
  () => frame(Buffer.from([0xff, 0xfe, 0xc0, 0x80])),
  () => frame(Buffer.from([0xed, 0xa0, 0x80])),
  () => Buffer.from([0x81, 0x01, 0x78]), // not masked
  () => Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x78]), // a reserved bit
  () => Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
  () => Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0]), // above the message limit
  () => frame(Buffer.from([0x03, 0xed]), { opcode: 8 }), // 1005, which must never be sent
  () => frame(Buffer.from([0x03]), { opcode: 8 }),
  () => frame(Buffer.concat([Buffer.from([0x03, 0xe8]), Buffer.from([0xff])]), { opcode: 8 }),
  () => frame(Buffer.alloc(126), { opcode: 9 }),
];

export async function attackWithFrames(
  open: () => Promise<Socket>,
  counts: Counts,
  total: number,
  seed: number,
): Promise<void> {
  let begun = 0;

  async function attackOnce(): Promise<void> {
    const random = createRandom(seed + begun);
    const frames = Math.min(1 + random(MOST_FRAMES), total - begun);
    begun += frames;
    const batch = Array.from({ length: frames - 1 }, () => draw(bearable, random));
    const socket = await open();
    counts.opened += 1;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.once('end', () => socket.destroy());
    socket.resume();
    socket.write(Buffer.concat([...batch, draw(fatal, random)]));
    await closed;
    counts.cutOff += 1;
    counts.sent += frames;
  }

  async function attack(): Promise<void> {
    while (begun < total) await attackOnce().catch(() => setTimeout(100));
  }

  await Promise.all(Array.from({ length: AT_A_TIME }, attack));
}

function draw(makers: readonly Maker[], random: Random): Buffer {
  const maker = makers[random(makers.length)] as Maker;
  return maker(random);
}
