/** In-memory answers of calls with an `Idempotency-Key`. Above a limit new keys are refused. */
import {
  ANSWER_SECONDS,
  type AnswerStore,
  AnswersFullError,
  DIED_AFTER,
  type EarlierCall,
  type KeyedCall,
} from '../../lambdas/ports/answer-store';
import type { Clock } from '../../lambdas/ports/runtime';

/** Bytes of all keys and answers: 150,000 calls a day with answers of a few hundred. Answers of running calls can exceed it. */
const MAX_BYTES = 128 * 1_048_576;

/** Heap bytes of a key beside its texts, estimated. */
const OVERHEAD_BYTES = 500;

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
  /** Bytes of all keys and answers. */
  maxBytes?: number;
  changes?: AnswerChanges;
  /** From an earlier process, ordered by expiry. */
  known?: readonly KnownAnswer[];
}

export function createMemoryAnswers({
  clock,
  maxBytes = MAX_BYTES,
  changes,
  known = [],
}: MemoryAnswersOptions): AnswerStore {
  /** By key, ordered by expiry. */
  const entries = new Map(known.map((answer) => [answer.key, answer]));
  let bytes = known.reduce((sum, answer) => sum + bytesOf(answer), 0);

  function drop(entry: KnownAnswer | undefined): void {
    if (!entry) return;
    entries.delete(entry.key);
    bytes -= bytesOf(entry);
    changes?.dropped(entry.key);
  }

  function dropExpired(): void {
    for (const oldest of entries.values()) {
      if (oldest.expiresAt > clock.now()) return;
      drop(oldest);
    }
  }

  function put({ key, fingerprint, run }: KeyedCall, answer?: string): void {
    drop(entries.get(key));
    const now = clock.now();
    const entry = { key, fingerprint, run, claimedAt: now, expiresAt: now + ANSWER_SECONDS * 1_000, answer };
    entries.set(key, entry);
    changes?.changed(entry);
    bytes += bytesOf(entry);
  }

  /** @throws AnswersFullError */
  function assertRoom(call: KeyedCall): void {
    if (bytes + bytesOf(call) <= maxBytes) return;
    const { expiresAt = clock.now() } = entries.values().next().value ?? {};
    throw new AnswersFullError(Math.max(1, Math.ceil((expiresAt - clock.now()) / 1_000)));
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
      if (entry && !isFree(entry, call)) return earlierFrom(entry);
      dropExpired();
      if (!entries.has(call.key)) assertRoom(call);
      put(call);
      return undefined;
    },

    async find(key) {
      const entry = entries.get(key);
      return entry && entry.expiresAt > clock.now() ? earlierFrom(entry) : undefined;
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

function earlierFrom({ fingerprint, answer }: KnownAnswer): EarlierCall {
  return { fingerprint, answer };
}

function bytesOf({ key, fingerprint, run, answer = '' }: KeyedCall & { answer?: string | undefined }): number {
  return OVERHEAD_BYTES + key.length + fingerprint.length + run.length + answer.length;
}
