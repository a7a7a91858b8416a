/** In-memory broadcasts; above a limit the oldest are dropped. */

import type { LoggedBroadcast } from '../../lambdas/ports/broadcast-log';
import { mergeStretches } from '../../lambdas/ports/broadcast-log';
import type { Broadcast, BroadcastState, BroadcastStore, Progress } from '../../lambdas/ports/broadcast-store';
import type { Clock } from '../../lambdas/ports/runtime';
import { createMemoryLog, type LogChanges } from './memory-broadcast-log';

interface Entry {
  broadcast: Broadcast;
  progress: Map<number, Progress>;
}

/** Sorts after all positions. */
const NEVER = '~';

/** Maximum characters of each log: broadcasts to everybody, and those to groups. */
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
  /** The latest position that was dropped from each log; empty if none. */
  lastDropped: { everybody: string; groups: string };
}

const NOTHING_KNOWN: KnownBroadcasts = { broadcasts: [], log: [], lastDropped: { everybody: '', groups: '' } };

export interface MemoryBroadcastsOptions {
  clock: Clock;
  /** Seconds for which a broadcast stays in the log. */
  historySeconds: number;
  /** Maximum number of broadcast records. */
  limit?: number;
  /** Maximum characters of a log. */
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
  const logOf = (isOfGroups: boolean) =>
    createMemoryLog({
      clock,
      historySeconds,
      maxCharacters,
      changes,
      known: earlierLog.filter(({ group }) => (group !== undefined) === isOfGroups),
      lastDropped: isOfGroups ? lastDropped.groups : lastDropped.everybody,
    });
  const [toEverybody, toGroups] = [logOf(false), logOf(true)];

  return {
    async log(broadcast) {
      if (broadcast.group === undefined) toEverybody.add(broadcast);
      else toGroups.add(broadcast);
    },

    async logged(after, limit, groups = [], gapAfter = after) {
      const sinceOf = new Map(groups.map(({ group, since }) => [group, since]));
      const isOwn = ({ group = '', position }: LoggedBroadcast) => position > (sinceOf.get(group) ?? NEVER);
      const stretches = [toEverybody.after(after, limit, () => true), toGroups.after(after, limit, isOwn)];
      const missesGroup = groups.some(({ since }) => toGroups.hasGap([since, gapAfter].sort()[1] as string));
      const hasGap = missesGroup || toEverybody.hasGap(gapAfter);
      return { ...mergeStretches(stretches, limit), ...(hasGap && { hasGap }) };
    },

    async save(broadcast) {
      entries.set(broadcast.broadcastId, { broadcast: { ...broadcast }, progress: new Map() });
      changes?.saved({ ...broadcast });
      const [oldest] = entries.values();
      if (entries.size <= limit || !oldest) return;
      entries.delete(oldest.broadcast.broadcastId);
      changes?.forgotten(oldest.broadcast);
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
