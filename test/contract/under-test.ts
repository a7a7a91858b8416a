/** What the suites of the stores share. */
import type { ClientStore } from '../../lambdas/ports/client-store';
import type { HistoryStore } from '../../lambdas/ports/history-store';
import type { Page, PageRequest } from '../../lambdas/ports/page';
import type { FakeClock } from '../support/fake-clock';

/** How long the stores under test keep a message, in seconds. */
export const HISTORY_SECONDS = 3_600;

/** The rate limit of a client in the stores under test: a burst above what other tests send at once. */
export const RATE_LIMIT = { perSecond: 50, burst: 100 };

/** Cursors that no list returns, by description. */
export const INVALID_CURSORS: [string, string][] = [
  ['an empty text', ''],
  ['a mark', '!'],
  ['two words', 'no cursor'],
  ['letters of no code', 'äöü'],
  ['padded base64', 'AB=='],
  ['a negative number', '-1'],
  ['half a character', '\ud800'],
  ['a very long text', 'x'.repeat(5_001)],
];

/** Reads a list to its end; fails if it has none. */
export async function readPages<Row>(read: (page: PageRequest) => Promise<Page<Row>>, limit: number): Promise<Row[][]> {
  const pages: Row[][] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ limit, cursor });
    pages.push(page.rows);
    cursor = page.cursor;
  } while (cursor !== undefined && pages.length < 1_000);
  expect(cursor).toBeUndefined();
  return pages;
}

export interface HistoryStoreUnderTest {
  store: HistoryStore;
  clock: FakeClock;
  close(): Promise<void>;
}

export interface ClientStoreUnderTest {
  store: ClientStore;
  clock: FakeClock;
  close(): Promise<void>;
}
