/** How often the page reads, in milliseconds, and how much at a time. `npm run cost` computes an hour's price from it. */

export const STATUS_EVERY = 5_000;

/** Between two pages of clients, once all have been read: each costs up to 500 read units on AWS. */
export const PAGE_EVERY = 3_000;

/** Clients of a page. */
export const PAGE_SIZE = 1_000;
