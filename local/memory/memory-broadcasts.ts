/** In-memory broadcasts; above a limit the oldest are dropped. */

import type { LoggedBroadcast } from '../../lambdas/ports/broadcast-log';
import { mergeStretches } from '../../lambdas/ports/broadcast-log';
import type { Broadcast, BroadcastState, BroadcastStore, Progress } from '../../lambdas/ports/broadcast-store';
import type { Clock } from '../../lambdas/ports/runtime';
import { createMemoryLog, type LogChanges, type MemoryLog } from './memory-broadcast-log';

interface Entry {
  broadcast: Broadcast;
  progress: Map<number, Progress>;
}

/** Name of the log of broadcasts to everybody. */
const EVERYBODY = 'everybody';

/** Sorts after all positions. */
const NEVER = '~';

/** Maximum characters of all broadcasts to everybody, and of all to groups. */
const MAX_LOG_CHARACTERS = 16 * 1_048_576;

/** Called with changes. */
export interface BroadcastChanges extends LogChanges {
  saved(broadcast: Broadcast): void;
  progressed(broadcastId: string, segment: number, progress: Progress): void;
  forgotten(broadcast: Broadcast): void;
}

/** Called when all segments of a broadcast have finished. */
export interface BroadcastWatch {
  finished(state: BroadcastState): void;
}

export interface KnownBroadcasts {
  broadcasts: readonly BroadcastState[];
  log: readonly LoggedBroadcast[];
  /** The latest position that was dropped from each log, by the name of the log. */
  lastDropped: ReadonlyMap<string, string>;
}

const NOTHING_KNOWN: KnownBroadcasts = { broadcasts: [], log: [], lastDropped: new Map() };

export interface MemoryBroadcastsOptions {
  clock: Clock;
  /** Seconds for which a broadcast stays in the log. */
  historySeconds: number;
  /** Maximum number of broadcast records. */
  limit?: number;
  /** Maximum characters of all broadcasts to everybody, and of all to groups. */
  maxLogCharacters?: number;
  changes?: BroadcastChanges;
  watch?: BroadcastWatch;
  /** From an earlier process, oldest first. */
  known?: KnownBroadcasts;
}

export function createMemoryBroadcasts({
  clock,
  historySeconds,
  limit = 1_000,
  maxLogCharacters: maxCharacters = MAX_LOG_CHARACTERS,
  changes,
  watch,
  known: { broadcasts: earlier, log: earlierLog, lastDropped } = NOTHING_KNOWN,
}: MemoryBroadcastsOptions): BroadcastStore {
  const entries = new Map<string, Entry>(earlier.map((state) => [state.broadcast.broadcastId, entryOf(state)]));
  const logs = new Map<string, MemoryLog>();

  function logOf(name: string): MemoryLog {
    const known = logs.get(name);
    if (known) return known;
    const ofLog = earlierLog.filter((broadcast) => logNameOf(broadcast) === name);
    const log = createMemoryLog({
      clock,
      historySeconds,
      changes,
      known: ofLog,
      lastDropped: lastDropped.get(name) ?? '',
    });
    logs.set(name, log);
    return log;
  }

  const toEverybody = logOf(EVERYBODY);
  for (const name of [...lastDropped.keys(), ...earlierLog.map(logNameOf)]) logOf(name);

  /** The oldest; one that still has its text is being sent, and would stop in the middle. */
  function firstToForget(): Entry {
    const all = [...entries.values()];
    return (all.find(({ broadcast }) => broadcast.text === undefined) ?? all[0]) as Entry;
  }

  /** The logs that can have broadcasts to a group. */
  function logsOf(group: string): MemoryLog[] {
    return logNamesOf(group).flatMap((name) => logs.get(name) ?? []);
  }

  /** Drops the oldest of the largest log, so that one partner's broadcasts do not push out those of others. */
  function makeRoom(some: readonly MemoryLog[]): void {
    let sum = some.reduce((all, { characters }) => all + characters, 0);
    while (sum > maxCharacters) {
      const largest = some.reduce((one, other) => (other.characters > one.characters ? other : one));
      sum -= largest.characters;
      largest.dropOldest();
      sum += largest.characters;
    }
  }

  return {
    async log(broadcast) {
      logOf(logNameOf(broadcast)).add(broadcast);
      const toGroups = [...logs.values()].filter((log) => log !== toEverybody);
      makeRoom(broadcast.group === undefined ? [toEverybody] : toGroups);
    },

    async logged(after, limit, groups = [], gapAfter = after) {
      const sinceOf = new Map(groups.map(({ group, since }) => [group, since]));
      const isOwn = ({ group = '', position }: LoggedBroadcast) => position > (sinceOf.get(group) ?? NEVER);
      const ofGroups = new Set(groups.flatMap(({ group }) => logsOf(group)));
      const stretches = Array.from(ofGroups, (log) => log.after(after, limit, isOwn));
      const missesGroup = groups.some(({ group, since }) => {
        const from = [since, gapAfter].sort()[1] as string;
        return logsOf(group).some((log) => log.hasGap(from));
      });
      const hasGap = missesGroup || toEverybody.hasGap(gapAfter);
      const all = [toEverybody.after(after, limit, () => true), ...stretches];
      return { ...mergeStretches(all, limit), ...(hasGap && { hasGap }) };
    },

    async save(broadcast) {
      entries.set(broadcast.broadcastId, { broadcast: { ...broadcast }, progress: new Map() });
      changes?.saved({ ...broadcast });
      if (entries.size <= limit) return;
      const { broadcast: oldest } = firstToForget();
      entries.delete(oldest.broadcastId);
      changes?.forgotten(oldest);
    },

    async checkpoint(broadcastId, segment, progress) {
      const entry = entries.get(broadcastId);
      if (!entry) return false;
      const { broadcast, progress: known } = entry;
      const { pages, run } = known.get(segment) ?? { pages: 0, run: undefined };
      const follows = pages === progress.pages - 1 || (pages === progress.pages && run === progress.run);
      if (!follows) return false;
      known.set(segment, { ...progress });
      changes?.progressed(broadcastId, segment, { ...progress });
      const finished = [...known.values()].filter((one) => one.finished);
      if (finished.length < broadcast.segments) return true;
      if (broadcast.text !== undefined) {
        delete broadcast.text; // the text takes by far the most memory
        changes?.saved(broadcast);
      }
      watch?.finished({ broadcast, progress: finished });
      return true;
    },

    async get(broadcastId) {
      const entry = entries.get(broadcastId);
      if (!entry) return undefined;
      const { broadcast, progress } = entry;
      const copyOf = (segment: number) => {
        const known = progress.get(segment);
        return known && { ...known };
      };
      return {
        broadcast: { ...broadcast },
        progress: Array.from({ length: broadcast.segments }, (_, segment) => copyOf(segment)),
      };
    },
  };
}

function entryOf({ broadcast, progress }: BroadcastState): Entry {
  const known = new Map<number, Progress>();
  for (const [segment, one] of progress.entries()) if (one) known.set(segment, one);
  return { broadcast, progress: known };
}

/** A partner's broadcasts to its groups have a log of their own. */
export function logNameOf({ group, owner }: LoggedBroadcast): string {
  return group === undefined ? EVERYBODY : logOfOwner(owner);
}

/** The team's log, and that of the partner whose name the group begins with. */
function logNamesOf(group: string): string[] {
  const [owner, ...rest] = group.split(':');
  return rest.length === 0 ? [logOfOwner()] : [logOfOwner(), logOfOwner(owner)];
}

function logOfOwner(owner?: string): string {
  return owner === undefined ? 'groups' : `groups ${owner}`;
}
