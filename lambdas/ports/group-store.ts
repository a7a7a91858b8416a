/** Group memberships: the interface of every group store (contract: `test/contract/group-store.ts`). */
import type { Segment } from './client-store';
import type { Page, PageRequest } from './page';

/** Groups per client. */
export const MAX_GROUPS = 20;

/** A group that a client is in. */
export interface Membership {
  group: string;
  /** ISO-8601, UTC, with milliseconds. */
  joinedAt: string;
  /** From `ownerFrom`. The id can later pass to a client of another owner, which must not inherit the membership. */
  owner?: string;
}

/**
 * The owner of a membership: the client's first label when it joined, or empty text if it had no labels.
 * @param labels  undefined for a client that was not known
 */
export function ownerFrom(labels: readonly string[] | undefined): string | undefined {
  return labels && (labels[0] ?? '');
}

/** A client in a group, online or not. */
export interface Member {
  clientId: string;
  /** ISO-8601, UTC, with milliseconds. */
  joinedAt: string;
}

/** A group with at least one member. */
export interface Group {
  group: string;
  /** Number of members. A write that failed halfway can leave it off by one. */
  members: number;
}

/** A membership outlives connections. It ends when the client leaves the group or the team removes it. */
export interface GroupStore {
  /**
   * Adds a client to groups. No-op for groups that it is already in.
   * @param owner  from `ownerFrom`
   * @returns the groups that it could not join, because it already is in `MAX_GROUPS`, or the store is full
   */
  join(clientId: string, groups: readonly string[], owner?: string): Promise<string[]>;

  /**
   * @returns false if the client was not in the group
   */
  leave(clientId: string, group: string): Promise<boolean>;

  /** A client's groups; strongly consistent. */
  groupsOf(clientId: string): Promise<Membership[]>;

  /** Members of a group, unordered, page by page; members that just joined can be missing. @throws InvalidCursorError */
  members(group: string, page: PageRequest, segment?: Segment): Promise<Page<Member>>;

  /** Number of members of a group. A write that failed halfway can leave it one off. */
  count(group: string): Promise<number>;

  /** Every membership of every client, unordered; one that has just begun can be missing. */
  all(): Promise<Pick<Member & Membership, 'clientId' | 'group'>[]>;

  /** All groups that have members and this name prefix, sorted by name. @throws InvalidCursorError */
  list(page: PageRequest, prefix?: string): Promise<Page<Group>>;
}
