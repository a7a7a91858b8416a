/** Ids of frames that were shown, so that repeats are dropped (R22, R23). */
import type { Frame } from './types';

/** Ids of frames other than broadcasts. Numbered frames are recognized in other ways. */
const REMEMBERED = 4_096;

/** A server replays broadcasts that are up to 10 minutes older than the newest; the rest allows for clock skew. */
const BROADCAST_MS = 900_000;

/** Maximum number of such broadcasts to remember: 13 a second for 10 minutes. */
const BROADCASTS = 8_192;

/** The id of a broadcast, and its time in milliseconds since 1970. */
export type ShownBroadcast = [messageId: string, time: number];

export class ShownIds {
  readonly #others = new Map<string, number>();
  /** Separate, so that the many pieces of a reply do not push them out. */
  readonly #broadcasts = new Map<string, number>();
  #newest = 0;

  /** Those that survive the program. */
  get broadcasts(): ShownBroadcast[] {
    return [...this.#broadcasts];
  }

  restore(broadcasts: readonly ShownBroadcast[]): void {
    for (const [messageId, time] of broadcasts) this.#addBroadcast(messageId, time);
  }

  /** @returns false for a repeat */
  add({ messageId, broadcast, timestamp = '' }: Frame): boolean {
    if (messageId === undefined) return true;
    if (this.#others.has(messageId) || this.#broadcasts.has(messageId)) return false;
    if (broadcast !== undefined) this.#addBroadcast(messageId, Date.parse(timestamp) || this.#newest);
    else {
      this.#others.set(messageId, 0);
      if (this.#others.size > REMEMBERED) dropFirst(this.#others);
    }
    return true;
  }

  #addBroadcast(messageId: string, time: number): void {
    this.#broadcasts.set(messageId, time);
    this.#newest = Math.max(this.#newest, time);
    for (const [id, oldest] of this.#broadcasts) {
      if (this.#broadcasts.size <= BROADCASTS && oldest >= this.#newest - BROADCAST_MS) break;
      this.#broadcasts.delete(id);
    }
  }
}

function dropFirst(ids: Map<string, number>): void {
  for (const id of ids.keys()) {
    ids.delete(id);
    return;
  }
}
