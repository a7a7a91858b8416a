/** Records of broadcasts: the interface of every broadcast store (contract: `test/contract/broadcast-store.ts`). */
import type { LoggedBroadcast, LogStretch } from './broadcast-log';
import type { Audience } from './client-store';

/** Outcomes of a broadcast. recipients = delivered + gone + failed. */
export interface Counts {
  /** Clients that were online and were tried. */
  recipients: number;
  delivered: number;
  /** Clients that had already left. */
  gone: number;
  /** Online but not reached: throttled until the last retry, or an error. */
  failed: number;
}

/** A broadcast as it started. Times are ISO-8601, UTC, with milliseconds. */
export interface Broadcast {
  broadcastId: string;
  messageId: string;
  startedAt: string;
  audience: Audience;
  /** Number of segments of the online clients; each has its own progress. */
  segments: number;
  /** The frame to post, as text. Omitted for a broadcast sent inline. A store may drop it once every segment has finished. */
  text?: string;
}

/** A segment's checkpoint: how far it got. */
export interface Progress extends Counts {
  /** Pages done: 1 at the first checkpoint. */
  pages: number;
  /** Cursor of the next page; omitted after the last. */
  cursor?: string;
  finished: boolean;
  /** When this checkpoint was written. */
  at: string;
  /** Id of the task run that wrote it. */
  run: string;
}

/** A broadcast with the last checkpoint of each segment, by segment number; undefined before its first. */
export interface BroadcastState {
  broadcast: Broadcast;
  progress: readonly (Progress | undefined)[];
}

/** A group of a client that resumes. */
export interface LogOfGroup {
  group: string;
  /** The client joined later than this position: nothing before it is for the client. */
  since: string;
}

export interface BroadcastStore {
  /** Adds a broadcast to the log, before its first post. */
  log(broadcast: LoggedBroadcast): Promise<void>;

  /**
   * Logged broadcasts after a position, to everybody and to these groups, oldest first; strongly consistent.
   * @param maxCharacters  limit for the frames; the first broadcast is always returned
   * @param gapAfter  `hasGap` is about broadcasts after this position; default: `after`
   */
  logged(after: string, maxCharacters: number, groups?: readonly LogOfGroup[], gapAfter?: string): Promise<LogStretch>;

  /** Stores a broadcast, before its first checkpoint. */
  save(broadcast: Broadcast): Promise<void>;

  /**
   * Compare-and-set: succeeds if the stored checkpoint is the previous page, or was already written by this run. Returns
   * false if another run won; then stop, and do not count the work since your last checkpoint.
   */
  checkpoint(broadcastId: string, segment: number, progress: Progress): Promise<boolean>;

  /** Strongly consistent; undefined for an unknown broadcast. */
  get(broadcastId: string): Promise<BroadcastState | undefined>;
}
