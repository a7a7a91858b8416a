/** What the suites of the stores share: the store that they are given, and reading lists to their end. */
import type { Page, PageRequest, SessionStore } from '../../lambdas/sessions/session-store';
import type { FakeClock } from '../support/fake-clock';

/** Seconds that a message is kept in the stores under test. */
export const HISTORY_SECONDS = 3_600;

export interface SessionStoreUnderTest {
  store: SessionStore;
  clock: FakeClock;
  close(): Promise<void>;
}

/** Makes a store that is empty and used by nobody else, with `HISTORY_SECONDS` as its setting. */
export type CreateSessionStore = () => Promise<SessionStoreUnderTest>;

/** Texts that no page of any list gave, by what they are. */
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

/** Reads a list to its end. A store that never ends it fails here, not by the time it takes. */
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
