/** A connection as fair queueing sees it: its waiting data, and the operations on it. */

/** Fair-queueing state of a connection. */
export class Lane {
  /** Waiting messages, starting at index `first`. */
  queue: Buffer[] | undefined;
  first = 0;
  /** Memory that they take, in bytes. */
  heldBytes = 0;
  /** The turn that `spent` refers to; cheap turns count as one. */
  turn = 0;
  spent = 0;
  /** Data that was read from the socket but not parsed yet. */
  rest: Buffer | undefined;
  /** True if part of the chunk has been parsed. */
  isRestBegun = false;
  /** True while it is queued for a turn. */
  isInLine = false;
  isPaused = false;
}

export interface Sender {
  readonly lane: Lane;
  /** Waiting clients of one origin share its place in the round-robin; usually the address. */
  readonly origin: string;
  /** True while its data costs work without effect: endless fragments of a message, or bytes after its close frame. */
  readonly isSlowed: boolean;
  /** True once all its data is dropped. */
  readonly isDeaf: boolean;
  /** True while too many of its messages are in flight to start another. */
  readonly isBusy: boolean;
  /**
   * Parses at most `frames` frames of a chunk, and offers the messages among them. Leaves the rest in the lane.
   * @param isRest  true for the rest of the previous chunk
   * @returns the number of frames that were not messages, or an equivalent number for dropped bytes
   */
  take(chunk: Buffer, frames: number, isRest: boolean): number;
  /** Stops reading from its socket. */
  pause(): void;
  resume(): void;
  /** Reports again what is held for it: its socket may have been read once more after the pause. */
  account(): void;
  /** Called when nothing waits any more. */
  drained(): void;
}
