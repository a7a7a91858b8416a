/** Group memberships in memory. At a limit new ones are refused: what the team has set up stays. */
import { type GroupStore, MAX_GROUPS, type Member, type Membership } from '../../lambdas/ports/group-store';
import { InvalidCursorError } from '../../lambdas/ports/page';
import { type Clock, isoTime, type Log } from '../../lambdas/ports/runtime';
import { orderFromCursor } from './cursor';

/** Maximum memberships: about 200 bytes each. */
const MAX_MEMBERSHIPS = 500_000;

/** Milliseconds between log lines about a full store. */
const LINE_EVERY = 60_000;

export type KnownMembership = Member & Membership;

interface Entry extends Member, Membership {
  /** Increases with each membership; lists are in this order. */
  order: number;
}

/** Called for each change. */
export interface GroupChanges {
  joined(membership: KnownMembership): void;
  left(membership: KnownMembership): void;
}

export interface MemoryGroupsOptions {
  clock: Clock;
  log?: Log;
  /** Maximum memberships. */
  limit?: number;
  changes?: GroupChanges;
  /** From an earlier process, oldest first. */
  known?: readonly KnownMembership[];
}

export function createMemoryGroups(options: MemoryGroupsOptions): GroupStore {
  const { clock, log, limit = MAX_MEMBERSHIPS, changes, known = [] } = options;
  /** By order. */
  const all = new Map<number, Entry>();
  /** By client, then by group. */
  const byClient = new Map<string, Map<string, Entry>>();
  /** By group, then by order. */
  const byGroup = new Map<string, Map<number, Entry>>();
  let joined = 0;
  let linedAt = Number.NEGATIVE_INFINITY;

  function add(membership: KnownMembership): void {
    joined += 1;
    const entry = { ...membership, order: joined };
    all.set(entry.order, entry);
    childOf(byClient, entry.clientId).set(entry.group, entry);
    childOf(byGroup, entry.group).set(entry.order, entry);
  }

  function remove(entry: Entry): void {
    all.delete(entry.order);
    removeFrom(byClient, entry.clientId, entry.group);
    removeFrom(byGroup, entry.group, entry.order);
    changes?.left(entry);
  }

  function logFull(): void {
    if (clock.now() - linedAt < LINE_EVERY) return;
    linedAt = clock.now();
    log?.error(
      'memberships_full',
      new Error(`the store has its maximum of ${limit} memberships: new ones are refused`),
    );
  }

  for (const membership of known) add(membership);

  return {
    async join(clientId, groups, owner) {
      const refused: string[] = [];
      for (const group of groups) {
        const own = byClient.get(clientId);
        if (own?.has(group)) continue;
        const isFull = all.size >= limit;
        if (isFull) logFull();
        if (isFull || (own?.size ?? 0) >= MAX_GROUPS) {
          refused.push(group);
          continue;
        }
        const membership: KnownMembership = { clientId, group, joinedAt: isoTime(clock.now()) };
        if (owner !== undefined) membership.owner = owner;
        add(membership);
        changes?.joined(membership);
      }
      return refused;
    },

    async leave(clientId, group) {
      const entry = byClient.get(clientId)?.get(group);
      if (entry) remove(entry);
      return entry !== undefined;
    },

    async groupsOf(clientId) {
      return Array.from(byClient.get(clientId)?.values() ?? [], ({ group, joinedAt, owner }) => ({
        ...{ group, joinedAt },
        ...(owner !== undefined && { owner }),
      }));
    },

    async members(group, { limit: size, cursor }, { index, total } = { index: 0, total: 1 }) {
      const after = cursor === undefined ? 0 : orderFromCursor(cursor);
      const rows: Member[] = [];
      let last = 0;
      for (const { clientId, joinedAt, order } of byGroup.get(group)?.values() ?? []) {
        if (order <= after || order % total !== index) continue;
        if (rows.length === size) return { rows, cursor: String(last) };
        rows.push({ clientId, joinedAt });
        last = order;
      }
      return { rows };
    },

    async count(group) {
      return byGroup.get(group)?.size ?? 0;
    },

    all: async () => [...all.values()],

    async list({ limit: size, cursor }, prefix = '') {
      const after = cursor === undefined ? '' : nameFromCursor(cursor);
      const names = [...byGroup.keys()].filter((name) => name > after && name.startsWith(prefix)).sort();
      const page = names.slice(0, size);
      const rows = page.map((group) => ({ group, members: byGroup.get(group)?.size ?? 0 }));
      return names.length > size ? { rows, cursor: Buffer.from(page.at(-1) ?? '').toString('base64url') } : { rows };
    },
  };
}

function childOf<Key, Inner, Value>(parents: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  const known = parents.get(key);
  if (known) return known;
  const made = new Map<Inner, Value>();
  parents.set(key, made);
  return made;
}

function removeFrom<Key, Inner>(parents: Map<Key, Map<Inner, unknown>>, key: Key, inner: Inner): void {
  const children = parents.get(key);
  children?.delete(inner);
  if (children?.size === 0) parents.delete(key);
}

/** @throws InvalidCursorError */
function nameFromCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (name === '' || Buffer.from(name).toString('base64url') !== cursor) throw new InvalidCursorError();
  return name;
}
