/** Who is in which group, which outlives the process: the store in memory, and a record of each membership on disk. */
import type { GroupStore } from '../../lambdas/ports/group-store';
import { createMemoryGroups, type KnownMembership, type MemoryGroupsOptions } from '../memory/memory-groups';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

export async function openDurableGroups(
  options: MemoryGroupsOptions,
  folder: DataFolder,
  journal: Journal,
): Promise<GroupStore> {
  const known: KnownMembership[] = [];
  for await (const [key, joinedAt] of folder.read(KIND.membership)) {
    const [clientId, group] = JSON.parse(key.slice(1));
    known.push({ clientId, group, joinedAt });
  }
  known.sort((one, other) => (one.joinedAt < other.joinedAt ? -1 : 1));
  const changes = {
    joined: (membership: KnownMembership) => journal.write(keyOf(membership), () => membership.joinedAt),
    left: (membership: KnownMembership) => journal.write(keyOf(membership), undefined),
  };
  const store = createMemoryGroups({ ...options, changes, known });

  async function change<Result>(make: () => Promise<Result>): Promise<Result> {
    journal.assertWorks();
    const result = await make();
    await journal.stored();
    return result;
  }

  return {
    ...store,
    join: (clientId, groups) => change(() => store.join(clientId, groups)),
    leave: (clientId, group) => change(() => store.leave(clientId, group)),
  };
}

function keyOf({ clientId, group }: KnownMembership): string {
  return KIND.membership + JSON.stringify([clientId, group]);
}
