/** Many connections of one attacker: each does its harm, and reconnects when it was cut off. */
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** What an attack has done so far. */
export interface Counts {
  /** Number of opened connections. */
  opened: number;
  /** Connections that the server closed or refused. */
  cutOff: number;
  /** Number of frames, requests or broadcasts sent, depending on the attack. */
  sent: number;
}

/** Number of connections being opened at a time. */
const OPENING = 20;

/** Milliseconds until a connection that was cut off returns. */
const COMES_BACK = 1_000;

export interface SwarmOptions {
  connections: number;
  counts: Counts;
  open(): Promise<Socket>;
  /** What each connection does once it is open. */
  harm(socket: Socket, number: number): void;
}

export function startSwarm({ connections, counts, open, harm }: SwarmOptions): void {
  let opening = 0;
  const waiting: (() => void)[] = [];

  async function openInTurn(): Promise<Socket> {
    if (opening >= OPENING) await new Promise<void>((resolve) => waiting.push(resolve));
    opening += 1;
    try {
      return await open();
    } finally {
      opening -= 1;
      waiting.shift()?.();
    }
  }

  async function live(number: number): Promise<never> {
    for (;;) {
      try {
        const socket = await openInTurn();
        counts.opened += 1;
        harm(socket, number);
        if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
      } catch {
        // refused
      }
      counts.cutOff += 1;
      await setTimeout(COMES_BACK);
    }
  }

  for (let number = 0; number < connections; number += 1) void live(number);
}

/** Writes the same bytes again and again, as fast as the other side accepts them, interleaved with the attacker's other connections. */
export function writeForever(socket: Socket, bytes: Buffer, onWritten: () => void): void {
  const more = () => {
    if (socket.destroyed) return;
    onWritten();
    socket.write(bytes, () => setImmediate(more));
  };
  more();
}
