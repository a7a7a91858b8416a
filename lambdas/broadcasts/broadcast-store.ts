/** What is known of each broadcast: the interface that every store fulfils (`test/contract/broadcast-store.ts`). */
import type { Counts } from './counts';

/** A broadcast as it began. Times are ISO-8601 UTC with milliseconds. */
export interface Broadcast {
  broadcastId: string;
  messageId: string;
  startedAt: string;
  /** Shares of the sessions, each with a progress of its own. */
  segments: number;
  /**
   * The frame that its tasks post; absent where the call that began it has sent it to everybody. A store may drop it when
   * every segment has finished.
   */
  text?: string;
}

/** How far one segment is: its checkpoint. */
export interface Progress extends Counts {
  /** Pages done: 1 at the first checkpoint, one more at each further. */
  pages: number;
  /** Where the next page begins; absent where there is none. */
  cursor?: string;
  finished: boolean;
  /** When this was written. */
  at: string;
  /** Names the run of the task that wrote it. */
  run: string;
}

/** Of each segment, by its number, its last progress; undefined where it has none yet. */
export interface BroadcastState {
  broadcast: Broadcast;
  progress: readonly (Progress | undefined)[];
}

export interface BroadcastStore {
  /** Writes a broadcast, before any progress of it. */
  save(broadcast: Broadcast): Promise<void>;

  /**
   * Writes how far a segment is, if what is there is the page before, or this very checkpoint of this run. False where another run
   * was first: what this run has done since its last checkpoint is counted by nobody, and must not be.
   */
  checkpoint(broadcastId: string, segment: number, progress: Progress): Promise<boolean>;

  /** As it is now, strongly consistent; undefined where nobody knows the broadcast. */
  get(broadcastId: string): Promise<BroadcastState | undefined>;
}
