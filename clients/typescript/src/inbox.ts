/** Orders durable frames by number, drops repeats, and knows the position (R16 to R25, R27, R29). */
import { ShownIds } from './shown-ids';
import type { Frame, Position } from './types';
import { frameOf, type Greeting, isObject, textOf, voidOf, wholeOf } from './wire';

export interface InboxEvents {
  /** A frame for the application, whose turn has come. */
  show(frame: Frame): void;
  /** A frame that was shown before. */
  repeat(frame: Frame): void;
}

/** A frame, and the numbers that it says are void. */
export interface Received {
  frame: Frame;
  voids: number[];
}

interface DurableFrame extends Frame {
  epoch: string;
  seq: number;
}

const isDurable = (frame: Frame): frame is DurableFrame => frame.epoch !== undefined && frame.seq !== undefined;

const later = (a: string | undefined, b: string | undefined) => (a === undefined || (b !== undefined && b > a) ? b : a);

export class Inbox {
  position: Position | undefined;
  /** Stops showing frames at once, even in the middle of a sequence. */
  isStopped = false;
  /** Frames whose turn has not come yet: by epoch, then by number. */
  readonly #kept = new Map<string, Map<number, DurableFrame>>();
  #keptBroadcasts: Frame[] = [];
  /** The last number that the server has assigned, according to a pong. */
  #given = 0;
  readonly #voids = new Set<number>();
  readonly shown = new ShownIds();
  readonly #events: InboxEvents;

  constructor(events: InboxEvents) {
    this.#events = events;
  }

  /** A number is missing: below a received frame, or up to the last assigned number. */
  get hasHole(): boolean {
    const { position } = this;
    return position !== undefined && (this.#given > position.seq || this.#keptOf(position.epoch).size > 0);
  }

  /** Without a position: starts at the greeting, or before a frame that overtook it. */
  begin({ epoch, seq, broadcast }: Greeting & { epoch: string }, early: Received[]): void {
    const numbers = early.map(({ frame }) => (frame.epoch === epoch && frame.seq ? frame.seq - 1 : seq));
    this.position = { epoch, seq: Math.min(seq, ...numbers), broadcast };
  }

  /**
   * The server has assigned this number, whether or not its frame has arrived.
   * @returns false if it belongs to another epoch, so that the position must be requested
   */
  expect({ epoch, seq }: Record<string, unknown>): boolean {
    const number = wholeOf(seq);
    if (!this.position || number === undefined || typeof epoch !== 'string') return true;
    if (epoch !== this.position.epoch) return false;
    this.#given = Math.max(this.#given, number);
    return true;
  }

  /** True if nothing was missed up to the greeting. */
  isUpTo({ epoch, seq, broadcast }: Greeting): boolean {
    const { position } = this;
    if (position?.epoch !== epoch || position?.seq !== seq) return false;
    return broadcast === undefined || (position.broadcast !== undefined && broadcast <= position.broadcast);
  }

  /**
   * Accepts a frame as it arrived. During a recovery, broadcasts wait.
   * @returns false if it belongs to another epoch, so that the position must be requested
   */
  take({ frame, voids }: Received, isRecovering: boolean): boolean {
    if (frame.broadcast !== undefined) {
      if (isRecovering) this.#keptBroadcasts.push(frame);
      else this.#showBroadcast(frame);
    } else if (isDurable(frame) && this.position) {
      if (frame.epoch !== this.position.epoch) {
        this.#keptOf(frame.epoch).set(frame.seq, frame);
        return false;
      }
      if (frame.seq <= this.position.seq) this.#events.repeat(frame);
      else {
        for (const number of voids) this.#voids.add(number);
        this.#keep(frame);
        this.#drain();
      }
    } else this.#showOnce(frame);
    return true;
  }

  /**
   * Accepts the answer to a resume.
   * @returns how many frames only it brought
   */
  apply(data: Record<string, unknown>): number {
    const epoch = textOf(data.epoch) ?? this.position?.epoch ?? '';
    const seq = wholeOf(data.seq) ?? 0;
    const isRecovered = data.recovered === true;
    const frames = (Array.isArray(data.frames) ? data.frames : []).map(frameOf).filter((frame) => frame !== undefined);
    this.#given = 0;
    const waiting = new Set(this.#keptBroadcasts.map(({ messageId }) => messageId));

    if (this.position?.epoch !== epoch) {
      this.#showOthers(epoch);
      this.position = { epoch, seq: 0, broadcast: this.position?.broadcast };
      this.#voids.clear();
    }
    for (const number of voidOf(data.void)) this.#voids.add(number);

    const added = new Set<Frame>(
      frames.filter((frame) => isDurable(frame) && frame.epoch === epoch && this.#keep(frame)),
    );
    let count = this.#showAll(epoch, seq, added);
    if (!this.isStopped) this.position.seq = isRecovered ? Math.max(seq, this.position.seq) : seq;
    for (const number of this.#voids) if (number <= this.position.seq) this.#voids.delete(number);
    count += this.#drain(added);

    this.#showOthers(epoch);

    for (const frame of frames) {
      if (frame.broadcast === undefined) continue;
      if (this.#showBroadcast(frame) && !waiting.has(frame.messageId)) count++;
    }
    const broadcast = textOf(data.broadcast);
    // Even if it is earlier: an answer with more to come begins before the broadcasts that the client has.
    if (broadcast !== undefined && !this.isStopped) this.position.broadcast = broadcast;
    return count;
  }

  /** The end of a recovery: shows broadcasts that arrived meanwhile. */
  release(): void {
    const frames = this.#keptBroadcasts;
    this.#keptBroadcasts = [];
    for (const frame of frames) this.#showBroadcast(frame);
  }

  /** Replaces the answer of a server without resume: everything received so far, without proof of completeness. */
  unproved({ epoch, seq, broadcast }: Greeting): Record<string, unknown> {
    const own = this.position?.epoch === epoch ? (this.position?.seq ?? 0) : 0;
    return { recovered: false, epoch, seq: Math.max(seq, own, ...this.#keptOf(epoch ?? '').keys()), broadcast };
  }

  #keptOf(epoch: string): Map<number, DurableFrame> {
    let frames = this.#kept.get(epoch);
    if (!frames) {
      frames = new Map();
      this.#kept.set(epoch, frames);
    }
    return frames;
  }

  /** @returns whether it is new */
  #keep(frame: DurableFrame): boolean {
    const kept = this.#keptOf(frame.epoch);
    if (kept.has(frame.seq) || frame.seq <= (this.position?.seq ?? 0)) return false;
    kept.set(frame.seq, frame);
    return true;
  }

  /** Shows what follows the position without a hole. @returns how many of `added` were shown */
  #drain(added?: Set<Frame>): number {
    const { position } = this;
    let count = 0;
    while (position && !this.isStopped) {
      const next = position.seq + 1;
      const kept = this.#keptOf(position.epoch);
      const frame = kept.get(next);
      if (!frame && !this.#voids.has(next)) break;
      kept.delete(next);
      this.#voids.delete(next);
      if (frame && this.#showOnce(frame) && added?.has(frame)) count++;
      position.seq = next;
    }
    return count;
  }

  /** Shows the kept frames of an epoch up to a number, holes or not. @returns how many of `added` were shown */
  #showAll(epoch: string, upTo = Number.POSITIVE_INFINITY, added?: Set<Frame>): number {
    const kept = this.#keptOf(epoch);
    let count = 0;
    for (const frame of [...kept.values()].sort((a, b) => a.seq - b.seq)) {
      if (frame.seq > upTo || this.isStopped) break;
      kept.delete(frame.seq);
      if (this.#showOnce(frame) && added?.has(frame)) count++;
      if (this.position?.epoch === epoch) this.position.seq = Math.max(frame.seq, this.position.seq);
    }
    if (kept.size === 0) this.#kept.delete(epoch);
    return count;
  }

  /** Frames kept from other epochs: nothing will explain them any more. */
  #showOthers(epoch: string): void {
    for (const other of [...this.#kept.keys()]) if (other !== epoch) this.#showAll(other);
  }

  #showBroadcast(frame: Frame): boolean {
    const isNew = this.#showOnce(frame);
    if (this.position && !this.isStopped) this.position.broadcast = later(this.position.broadcast, frame.broadcast);
    return isNew;
  }

  #showOnce(frame: Frame): boolean {
    if (this.isStopped) return false;
    if (!this.shown.add(frame)) return false;
    this.#events.show(frame);
    return true;
  }
}

/** The frame in a text; undefined if it is not a frame. */
export function receivedOf(value: unknown): Received | undefined {
  const frame = frameOf(value);
  return frame && { frame, voids: isObject(value) ? voidOf(value.void) : [] };
}
