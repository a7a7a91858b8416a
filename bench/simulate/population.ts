/** The connections of a simulated broadcast: the segment of each, whether it is gone, and what has reached it, in a few bytes each. */
import type { Random } from './random';

export interface Population {
  size: number;
  /** The numbers of the connections in a segment, in the order of a Scan. */
  segment(index: number): Uint32Array;
  isGone(number: number): boolean;
  /** Records that the connection got the message. */
  receive(number: number): void;
  /** Records that the session was deleted. */
  remove(number: number): void;
  isRemoved(number: number): boolean;
  tally(): { living: number; reached: number; repeats: number; goneLeft: number };
}

/** @param goneShare  of all, 0 to 1 */
export function createPopulation(size: number, segments: number, goneShare: number, random: Random): Population {
  const gone = new Uint8Array(size);
  const received = new Uint8Array(size);
  const removed = new Uint8Array(size);
  // DynamoDB distributes items by the hash of their key: segments have approximately, not exactly, the same size.
  const members: number[][] = Array.from({ length: segments }, () => []);
  for (let number = 0; number < size; number += 1) {
    if (random() < goneShare) gone[number] = 1;
    members[Math.floor(random() * segments)]?.push(number);
  }
  const segmentsOf = members.map((numbers) => Uint32Array.from(numbers));

  return {
    size,
    segment: (index) => segmentsOf[index] ?? new Uint32Array(),
    isGone: (number) => gone[number] === 1,
    receive(number) {
      received[number] = (received[number] ?? 0) + 1;
    },
    remove(number) {
      removed[number] = 1;
    },
    isRemoved: (number) => removed[number] === 1,
    tally() {
      const tally = { living: 0, reached: 0, repeats: 0, goneLeft: 0 };
      for (let number = 0; number < size; number += 1) {
        const times = received[number] ?? 0;
        if (gone[number] === 0) tally.living += 1;
        else if (removed[number] === 0) tally.goneLeft += 1;
        if (times > 0) tally.reached += 1;
        if (times > 1) tally.repeats += times - 1;
      }
      return tally;
    },
  };
}

/** Ids as long as real ones, which contain their number. */
export function clientIdOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function connectionIdOf(number: number): string {
  return `${String(number).padStart(15, '0')}=`;
}

export function numberOf(id: string): number {
  return Number.parseInt(id.slice(-12), 10);
}

export function numberOfConnection(connectionId: string): number {
  return Number.parseInt(connectionId, 10);
}
