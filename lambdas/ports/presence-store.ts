/** Who watches which group, and what has changed in it: the interface that every store fulfils (`test/contract/presence-store.ts`). */

/** The most clients that watch one group. */
export const MAX_WATCHERS = 1_000;

/** Milliseconds after which changes that nobody took need a new task: the one before is taken for lost. */
export const LOST_AFTER_MS = 30_000;

/** A client that is told of changes in a group, as long as this connection is its own. */
export interface Watch {
  clientId: string;
  connectionId: string;
  /** Where set, the client sees only members whose first label this is. */
  owner?: string;
}

/** What is known of a client that changed: it is a member, online or not, or it is none any more. */
export type PresenceChange = 'member' | 'left';

export interface PresenceStore {
  /**
   * Begins a watch, in the place of an earlier one of the client.
   * @returns false where the group has `MAX_WATCHERS`; calls at once can go slightly above
   */
  watch(group: string, watch: Watch): Promise<boolean>;

  /** @param connectionId  where given, only a watch of this connection ends */
  unwatch(group: string, clientId: string, connectionId?: string): Promise<void>;

  /** Whether anybody watches the group, strongly consistent. */
  isWatched(group: string): Promise<boolean>;

  /** All watches of a group, those of closed connections among them. */
  watches(group: string): Promise<Watch[]>;

  /**
   * Notes a change. Of two changes of one client the later one counts.
   * @returns true for one caller in each interval, who has to start the task that takes the changes
   */
  note(group: string, clientId: string, change: PresenceChange): Promise<boolean>;

  /** Takes all changes that were noted, by client. The next `note` begins a new interval. */
  take(group: string): Promise<Map<string, PresenceChange>>;
}
