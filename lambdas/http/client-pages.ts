/** Pages of connected clients with the total count: of everybody, a label, or a group. */
import { createRecipients } from '../broadcasts/recipients';
import type { Audience, Client } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { InvalidCursorError, type Page, type PageRequest } from '../ports/page';

export interface CountedPage extends Page<Client> {
  total: number;
}

/** Shares of a group that are counted in parallel: as many as the member index has shards. */
const SHARES = 16;

/** Members per read of a count. */
const COUNTED_AT_ONCE = 500;

export function createClientPages({ clients, groups }: Pick<Dependencies, 'clients' | 'groups'>) {
  const recipientsOf = createRecipients({ clients, groups });

  async function countShare(audience: Audience, index: number): Promise<number> {
    let total = 0;
    let cursor: string | undefined;
    do {
      const page = await recipientsOf(audience, { limit: COUNTED_AT_ONCE, cursor }, { index, total: SHARES });
      total += page.rows.length;
      cursor = page.cursor;
    } while (cursor !== undefined);
    return total;
  }

  /** Counts a group by its members, online or not, without reading other clients. */
  async function count(audience: Audience): Promise<number> {
    if (audience.kind !== 'group') return clients.count(audience);
    const counts = await Promise.all(Array.from({ length: SHARES }, (_, index) => countShare(audience, index)));
    return counts.reduce((sum, one) => sum + one, 0);
  }

  /** Counts only for the first page: the cursor carries the total. @throws InvalidCursorError */
  return async function pageOfClients(audience: Audience, { limit, cursor }: PageRequest): Promise<CountedPage> {
    const from = cursor === undefined ? undefined : countedCursor(cursor);
    const [page, total] = await Promise.all([
      recipientsOf(audience, { limit, cursor: from?.cursor }),
      from?.total ?? count(audience),
    ]);
    const rows = await clients.getMany(page.rows.map(({ clientId }) => clientId));
    return { rows, total, ...(page.cursor !== undefined && { cursor: `${total}.${page.cursor}` }) };
  };
}

/** @throws InvalidCursorError */
function countedCursor(text: string): { total: number; cursor: string } {
  const [, total, cursor] = /^(\d{1,12})\.(.+)$/s.exec(text) ?? [];
  if (total === undefined || cursor === undefined) throw new InvalidCursorError();
  return { total: Number(total), cursor };
}
