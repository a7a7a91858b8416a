/** A connection as fair queueing sees it: what it has sent and still has to wait, and what can be done to it. */

/** What is known of a connection's part. */
export class Lane {
  /** Waiting messages, from the first that has not been taken. */
  queue: Buffer[] | undefined;
  first = 0;
  /** Bytes of memory that they take. */
  heldBytes = 0;
  /** The turn that `spent` is of; turns that cost little are counted as one. */
  turn = 0;
  spent = 0;
  /** What has been read of the socket, and is to be parsed yet. */
  rest: Buffer | undefined;
  /** True if a part of its chunk has been parsed. */
  isRestBegun = false;
  /** In the line of those who have to wait for a turn. */
  isInLine = false;
  isPaused = false;
}

export interface Sender {
  readonly lane: Lane;
  /** Those of one origin share what is served of those who wait: the address, as a rule. */
  readonly origin: string;
  /** True while what it sends costs work and comes to nothing: pieces of a message without end, or bytes after its close frame. */
  readonly isSlowed: boolean;
  /** True once all that comes is dropped. */
  readonly isDeaf: boolean;
  /** True while it has so many messages in the handlers that no more are begun. */
  readonly isBusy: boolean;
  /**
   * Parses so many frames of a chunk at most, and leaves the rest in its lane; messages among them are offered.
   * @param isRest  of the chunk before
   * @returns how many frames were no messages, or as many as cost as much
   */
  take(chunk: Buffer, frames: number, isRest: boolean): number;
  /** Stops reading from its socket. */
  pause(): void;
  resume(): void;
  /** Tells anew what is held for it: its socket may have been read once more after the pause. */
  account(): void;
  /** Nothing waits any more. */
  drained(): void;
}
