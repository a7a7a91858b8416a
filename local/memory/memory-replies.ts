/** In-memory state of replies that tasks make; above a limit the oldest are dropped. */
import { REPLY_SECONDS, type ReplyKey, type ReplyState, type ReplyStore } from '../../lambdas/ports/reply-store';
import type { Clock } from '../../lambdas/ports/runtime';

interface Entry extends ReplyState {
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export interface MemoryRepliesOptions {
  clock: Clock;
  /** Maximum number of questions. */
  limit?: number;
}

export function createMemoryReplies({ clock, limit = 100_000 }: MemoryRepliesOptions): ReplyStore {
  /** By question, ordered by expiry. */
  const entries = new Map<string, Entry>();
  const watchers = new Map<string, Set<() => void>>();

  function get(key: string): Entry | undefined {
    const entry = entries.get(key);
    return entry && entry.expiresAt > clock.now() ? entry : undefined;
  }

  function put(key: string, state: ReplyState): void {
    entries.delete(key);
    const now = clock.now();
    entries.set(key, { ...state, expiresAt: now + REPLY_SECONDS * 1_000 });
    for (const [oldest, { expiresAt }] of entries) {
      if (expiresAt > now && entries.size <= limit) return;
      entries.delete(oldest);
    }
  }

  return {
    async wait(question, replyId) {
      const key = keyOf(question);
      const known = get(key);
      if (known?.replyId !== replyId) put(key, { replyId, run: 0, cancelledAt: known?.cancelledAt });
    },

    async begin(question, replyId) {
      const key = keyOf(question);
      const known = get(key);
      const run = known?.replyId === replyId ? known.run + 1 : 1;
      const state = { replyId, run, cancelledAt: known?.cancelledAt };
      put(key, state);
      return state;
    },

    async get(question) {
      const known = get(keyOf(question));
      return known && stateOf(known);
    },

    async cancel(question) {
      const key = keyOf(question);
      const known = get(key) ?? { replyId: undefined, run: 0 };
      put(key, { ...known, cancelledAt: clock.now() });
      for (const callback of watchers.get(key) ?? []) callback();
    },

    onCancel(question, callback) {
      const key = keyOf(question);
      const watching = watchers.get(key) ?? new Set();
      watchers.set(key, watching.add(callback));
      return () => {
        watching.delete(callback);
        if (watching.size === 0 && watchers.get(key) === watching) watchers.delete(key);
      };
    },
  };
}

function keyOf({ clientId, messageId }: ReplyKey): string {
  return JSON.stringify([clientId, messageId]);
}

function stateOf({ replyId, run, cancelledAt }: Entry): ReplyState {
  return { replyId, run, cancelledAt };
}
