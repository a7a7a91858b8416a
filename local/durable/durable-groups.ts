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
  for await (const [key, text] of folder.read(KIND.membership)) {
    const [clientId, group] = JSON.parse(key.slice(1));
    const [joinedAt = '', ...owner] = text.split(' '); // a label can have spaces
    known.push({ clientId, group, joinedAt, ...(owner.length > 0 && { owner: owner.join(' ') }) });
  }
  known.sort((one, other) => (one.joinedAt < other.joinedAt ? -1 : 1));
  const changes = {
    joined: (membership: KnownMembership) => journal.write(keyOf(membership), () => textOf(membership)),
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
    join: (clientId, groups, owner) => change(() => store.join(clientId, groups, owner)),
    leave: (clientId, group) => change(() => store.leave(clientId, group)),
  };
}

function textOf({ joinedAt, owner }: KnownMembership): string {
  return owner === undefined ? joinedAt : `${joinedAt} ${owner}`;
}

function keyOf({ clientId, group }: KnownMembership): string {
  return KIND.membership + JSON.stringify([clientId, group]);
}
