/** A client's latest messages, for responders and handlers. */
import type { HistoryRecord, HistoryStore } from '../ports/history-store';

/** Records per read when most are left out, and reads in all. A read is at most 1 MB. */
const LEAST_PAGE = 100;
const MAX_READS = 10;

/**
 * @param which  leaves out the other records; they do not count towards the limit
 * @returns oldest first; fewer than there are, if the latest 1,000 records have too few of them
 */
export async function latestMessages(
  history: HistoryStore,
  clientId: string,
  limit: number,
  which: (record: HistoryRecord) => boolean = () => true,
): Promise<HistoryRecord[]> {
  let page = await history.page(clientId, { limit });
  const found = page.rows.filter(which);
  for (let reads = 1; page.cursor !== undefined && found.length < limit && reads < MAX_READS; reads++) {
    page = await history.page(clientId, { limit: Math.max(limit, LEAST_PAGE), cursor: page.cursor });
    found.push(...page.rows.filter(which));
  }
  return found.slice(0, limit).reverse();
}
