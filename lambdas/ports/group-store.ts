/** Who is in which group: the interface that every store fulfils (`test/contract/group-store.ts`). */
import type { Segment } from './client-store';
import type { Page, PageRequest } from './page';

/** The most groups of one client. */
export const MAX_GROUPS = 20;

/** A group that a client is in. */
export interface Membership {
  group: string;
  /** ISO-8601 UTC with milliseconds. */
  joinedAt: string;
  /** The first label of the client when it joined. The id can pass to a client of another owner later, who must not inherit the membership. */
  owner?: string;
}

/** A client that is in a group, online or not. */
export interface Member {
  clientId: string;
  /** ISO-8601 UTC with milliseconds. */
  joinedAt: string;
}

/** A group that somebody is in. */
export interface Group {
  group: string;
  /** How many are in it. A write that failed halfway can leave it one off. */
  members: number;
}

/** A membership outlives connections. It ends when the client leaves the group, or the team takes it out. */
export interface GroupStore {
  /**
   * Puts a client into groups. One that it is in already stays as it is.
   * @param owner  the client's first label; undefined where it has none, or is unknown
   * @returns those that it is not in, as it has `MAX_GROUPS` already
   */
  join(clientId: string, groups: readonly string[], owner?: string): Promise<string[]>;

  /** @returns false where the client was not in the group */
  leave(clientId: string, group: string): Promise<boolean>;

  /** A client's groups, strongly consistent. */
  groupsOf(clientId: string): Promise<Membership[]>;

  /** The members of a group, in no order, a page at a time; one who joined just now can be missing. @throws InvalidCursorError */
  members(group: string, page: PageRequest, segment?: Segment): Promise<Page<Member>>;

  /** All groups that have members and whose names begin with a text, by name. @throws InvalidCursorError */
  list(page: PageRequest, prefix?: string): Promise<Page<Group>>;
}
