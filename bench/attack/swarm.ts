/** Many connections of one attacker: each does its harm, and comes back when it was cut off. */
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** What an attack has done so far. */
export interface Counts {
  /** Connections that were opened. */
  opened: number;
  /** Connections that the server ended, or refused. */
  cutOff: number;
  /** How many frames, requests or broadcasts were sent, depending on the attack. */
  sent: number;
}

/** Connections that are being opened at a time. */
const OPENING = 20;

/** Milliseconds after which somebody who was cut off comes back. */
const COMES_BACK = 1_000;

export interface SwarmOptions {
  connections: number;
  counts: Counts;
  open(): Promise<Socket>;
  /** What each does once it is open. */
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

/** Writes the same bytes again and again, as fast as the other side takes them; the attacker's other connections come between. */
export function writeForever(socket: Socket, bytes: Buffer, onWritten: () => void): void {
  const more = () => {
    if (socket.destroyed) return;
    onWritten();
    socket.write(bytes, () => setImmediate(more));
  };
  more();
}
