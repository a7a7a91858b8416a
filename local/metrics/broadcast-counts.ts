/** The progress of broadcasts, from the checkpoints on their way to the store. */
import type { BroadcastStore, Counts, Progress } from '../../lambdas/ports/broadcast-store';

/** Maximum number of broadcasts to track, because a dead segment leaves its broadcast unfinished. */
const MAX_FOLLOWED = 1_000;

interface Followed {
  unfinished: number;
  /** Of each segment. */
  last: Map<number, Progress>;
}

export class BroadcastCounts {
  readonly posts: Omit<Counts, 'recipients'> = { delivered: 0, gone: 0, failed: 0 };
  readonly #followed = new Map<string, Followed>();

  get runningBroadcasts(): number {
    return this.#followed.size;
  }

  get runningSegments(): number {
    return [...this.#followed.values()].reduce((sum, { unfinished }) => sum + unfinished, 0);
  }

  /** Wraps the store to count checkpoints. */
  counting(store: BroadcastStore): BroadcastStore {
    return {
      log: (broadcast) => store.log(broadcast),
      logged: (...stretch) => store.logged(...stretch),
      get: (broadcastId) => store.get(broadcastId),
      save: async (broadcast) => {
        await store.save(broadcast);
        this.#follow(broadcast.broadcastId, broadcast.segments);
      },
      checkpoint: async (broadcastId, segment, progress) => {
        const isTaken = await store.checkpoint(broadcastId, segment, progress);
        if (isTaken) this.#add(broadcastId, segment, progress);
        return isTaken;
      },
    };
  }

  #follow(broadcastId: string, segments: number): void {
    this.#followed.set(broadcastId, { unfinished: segments, last: new Map() });
    const [oldest] = this.#followed.keys();
    if (this.#followed.size > MAX_FOLLOWED && oldest !== undefined) this.#followed.delete(oldest);
  }

  #add(broadcastId: string, segment: number, progress: Progress): void {
    const followed = this.#followed.get(broadcastId);
    if (!followed) return;
    const last = followed.last.get(segment);
    for (const outcome of ['delivered', 'gone', 'failed'] as const) {
      this.posts[outcome] += progress[outcome] - (last?.[outcome] ?? 0);
    }
    followed.last.set(segment, progress);
    if (progress.finished && !last?.finished) followed.unfinished -= 1;
    if (followed.unfinished === 0) this.#followed.delete(broadcastId);
  }
}
