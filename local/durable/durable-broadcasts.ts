/** Persistent broadcasts: the in-memory store, plus a record on disk of each broadcast, checkpoint, and log entry. */
import type { LoggedBroadcast } from '../../lambdas/ports/broadcast-log';
import type { BroadcastState, BroadcastStore, Progress } from '../../lambdas/ports/broadcast-store';
import {
  type BroadcastChanges,
  createMemoryBroadcasts,
  type KnownBroadcasts,
  logNameOf,
  type MemoryBroadcastsOptions,
} from '../memory/memory-broadcasts';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

export async function openDurableBroadcasts(
  options: MemoryBroadcastsOptions,
  folder: DataFolder,
  journal: Journal,
): Promise<BroadcastStore> {
  const known = await readBroadcasts(folder);
  const store = createMemoryBroadcasts({ ...options, changes: changesIn(journal), known });

  async function change<Result>(make: () => Promise<Result>): Promise<Result> {
    journal.assertWorks();
    const result = await make();
    await journal.stored();
    return result;
  }

  return {
    ...store,
    log: (broadcast) => change(() => store.log(broadcast)),
    save: (broadcast) => change(() => store.save(broadcast)),
    checkpoint: (...checkpoint) => change(() => store.checkpoint(...checkpoint)),
  };
}

function changesIn(journal: Journal): BroadcastChanges {
  return {
    saved(broadcast) {
      journal.write(broadcastKey(broadcast.broadcastId), () => JSON.stringify(broadcast));
    },
    progressed(broadcastId, segment, progress) {
      journal.write(progressKey(broadcastId, segment), () => JSON.stringify(progress));
    },
    forgotten({ broadcastId, segments }) {
      journal.write(broadcastKey(broadcastId), undefined);
      for (let segment = 0; segment < segments; segment++) journal.write(progressKey(broadcastId, segment), undefined);
    },
    logged(broadcast) {
      journal.write(logKey(broadcast), () => broadcast.text);
    },
    unlogged(broadcast, lastDropped) {
      journal.write(logKey(broadcast), undefined);
      journal.write(KIND.broadcastsDropped + logNameOf(broadcast), () => lastDropped);
    },
  };
}

async function readBroadcasts(folder: DataFolder): Promise<KnownBroadcasts> {
  const progress = new Map<string, Progress>();
  for await (const [key, text] of folder.read(KIND.broadcastProgress)) progress.set(key, JSON.parse(text));
  const broadcasts: BroadcastState[] = [];
  for await (const [, text] of folder.read(KIND.broadcast)) {
    const broadcast = JSON.parse(text);
    const progressOf = (segment: number) => progress.get(progressKey(broadcast.broadcastId, segment));
    const segments: number[] = Array.from({ length: broadcast.segments }, (_, segment) => segment);
    broadcasts.push({ broadcast, progress: segments.map(progressOf) });
  }
  broadcasts.sort((one, other) => (one.broadcast.startedAt < other.broadcast.startedAt ? -1 : 1));
  const log: LoggedBroadcast[] = [];
  for await (const [key, text] of folder.read(KIND.loggedBroadcast)) {
    const [position = '', group, owner] = key.slice(1).split(' ');
    log.push({ position, text, ...(group !== undefined && { group }), ...(owner !== undefined && { owner }) });
  }
  const lastDropped = new Map<string, string>();
  for await (const [key, position] of folder.read(KIND.broadcastsDropped)) {
    lastDropped.set(key.slice(KIND.broadcastsDropped.length), position);
  }
  return { broadcasts, log, lastDropped };
}

function broadcastKey(broadcastId: string): string {
  return KIND.broadcast + JSON.stringify(broadcastId);
}

/** Names of groups and of their owners have no spaces. */
function logKey({ position, group, owner }: LoggedBroadcast): string {
  return KIND.loggedBroadcast + [position, group, owner].filter((part) => part !== undefined).join(' ');
}

function progressKey(broadcastId: string, segment: number): string {
  return `${KIND.broadcastProgress}${segment} ${JSON.stringify(broadcastId)}`;
}
