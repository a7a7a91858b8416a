/** How often the page reads, in milliseconds, and how much at a time. `npm run cost` computes an hour's price from it. */

export const STATUS_EVERY = 5_000;

/** Between two pages of clients, once all have been read: each costs up to 500 read units on AWS. */
export const PAGE_EVERY = 3_000;

/** Clients per page. */
export const PAGE_SIZE = 1_000;

/** From a reported change of the list to its read. All changes of this time share one read. */
export const LIST_AFTER = 1_000;

/** From one read of the open client to the next, however often it changes or the user asks. */
export const CLIENT_LOOK_AFTER = 1_000;

/** Between two reads of the groups, or of a group's members, while they are shown. */
export const GROUPS_EVERY = 5_000;

/** Groups or members per page. */
export const GROUP_PAGE_SIZE = 100;
