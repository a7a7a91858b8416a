/** In-memory answers of calls with an `Idempotency-Key`; above a limit the oldest are dropped. */
import { ANSWER_SECONDS, type AnswerStore, DIED_AFTER, type KeyedCall } from '../../lambdas/ports/answer-store';
import type { Clock } from '../../lambdas/ports/runtime';

/** Characters of all answers together; one has a few hundred. */
const MAX_CHARACTERS = 16 * 1_048_576;

/** A key that a call has claimed. */
export interface KnownAnswer extends KeyedCall {
  /** Both times are milliseconds since 1970. */
  claimedAt: number;
  expiresAt: number;
  answer: string | undefined;
}

/** Called with changes. */
export interface AnswerChanges {
  changed(answer: KnownAnswer): void;
  dropped(key: string): void;
}

export interface MemoryAnswersOptions {
  clock: Clock;
  /** Maximum number of keys. */
  limit?: number;
  changes?: AnswerChanges;
  /** From an earlier process, ordered by expiry. */
  known?: readonly KnownAnswer[];
}

export function createMemoryAnswers({ clock, limit = 10_000, changes, known = [] }: MemoryAnswersOptions): AnswerStore {
  /** By key, ordered by expiry. */
  const entries = new Map(known.map((answer) => [answer.key, answer]));
  let characters = known.reduce((sum, { answer }) => sum + (answer?.length ?? 0), 0);

  function drop(entry: KnownAnswer | undefined): void {
    if (!entry) return;
    entries.delete(entry.key);
    characters -= entry.answer?.length ?? 0;
    changes?.dropped(entry.key);
  }

  function put({ key, fingerprint, run }: KeyedCall, answer?: string): void {
    drop(entries.get(key));
    const now = clock.now();
    const expiresAt = now + ANSWER_SECONDS * 1_000;
    const entry = { key, fingerprint, run, claimedAt: now, expiresAt, answer };
    entries.set(key, entry);
    changes?.changed(entry);
    characters += answer?.length ?? 0;
    for (const oldest of entries.values()) {
      if (oldest.expiresAt > now && entries.size <= limit && characters <= MAX_CHARACTERS) return;
      drop(oldest);
    }
  }

  /** True if the key is unclaimed, or its claimant has died. */
  function isFree(entry: KnownAnswer | undefined, { fingerprint }: KeyedCall): boolean {
    const now = clock.now();
    if (!entry || entry.expiresAt <= now) return true;
    return entry.answer === undefined && entry.fingerprint === fingerprint && entry.claimedAt <= now - DIED_AFTER;
  }

  return {
    async claim(call) {
      const entry = entries.get(call.key);
      if (entry && !isFree(entry, call)) return { fingerprint: entry.fingerprint, answer: entry.answer };
      put(call);
      return undefined;
    },

    async keep(call, answer) {
      if (entries.get(call.key)?.run === call.run) put(call, answer);
    },

    async release(call) {
      const entry = entries.get(call.key);
      if (entry?.run === call.run) drop(entry);
    },
  };
}
