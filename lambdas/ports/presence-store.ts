/** Watches of groups, and changes to send: the interface of every presence store (contract: `test/contract/presence-store.ts`). */

/** Watchers per group. */
export const MAX_WATCHERS = 1_000;

/** Milliseconds after which unsent changes get a new task, because the previous one must be lost. */
export const LOST_AFTER_MS = 30_000;

/** A client that gets the changes of a group, as long as this is its current connection. */
export interface Watch {
  clientId: string;
  connectionId: string;
  /** If set, the client sees only members with this first label. */
  owner?: string;
}

/** `member`: the client is in the group, online or not. `left`: it no longer is. */
export type PresenceChange = 'member' | 'left';

/** Changes that were noted and not sent yet. */
export interface NotedChanges {
  /** The last change of each client. */
  changes: Map<string, PresenceChange>;
  /**
   * Removes these changes. Call it once they are sent: until then, every task finds them.
   * @returns true if newer ones are left, and the caller must start the task that sends them
   */
  remove(): Promise<boolean>;
}

export interface PresenceStore {
  /**
   * Starts a watch, which replaces an earlier one of the client.
   * @returns false if the group has `MAX_WATCHERS`; concurrent calls can exceed it slightly
   */
  watch(group: string, watch: Watch): Promise<boolean>;

  /** @param connectionId  if given, only a watch of this connection ends */
  unwatch(group: string, clientId: string, connectionId?: string): Promise<void>;

  /** True if the group has a watch; strongly consistent. */
  isWatched(group: string): Promise<boolean>;

  /** All watches of a group, including those of closed connections. */
  watches(group: string): Promise<Watch[]>;

  /**
   * Records a change. It replaces an earlier one of the same client.
   * @returns true for one caller per interval, which must start the task that sends the changes
   */
  note(group: string, clientId: string, change: PresenceChange): Promise<boolean>;

  /** All recorded changes. The next `note` starts a new interval. */
  noted(group: string): Promise<NotedChanges>;
}
