/** Counts connected clients by group. */
import type { Dependencies } from '../ports/dependencies';
import { audienceOf, type Caller, ownGroups } from './caller';

/** Clients per read. */
const PAGE_SIZE = 10_000;

/**
 * Number of connected clients per group, of the clients and groups that the caller may see. Reads the connected clients and all memberships
 * once, because neither says the other.
 */
export async function countGroups(
  { clients, groups }: Pick<Dependencies, 'clients' | 'groups'>,
  caller: Caller,
): Promise<Map<string, number>> {
  const online = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await clients.list(audienceOf(caller), { limit: PAGE_SIZE, cursor });
    for (const { clientId } of page.rows) online.add(clientId);
    cursor = page.cursor;
  } while (cursor !== undefined);
  const counts = new Map<string, number>();
  for (const { clientId, group } of await groups.all()) {
    if (!online.has(clientId) || ownGroups(caller, [group]).length === 0) continue;
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return counts;
}
