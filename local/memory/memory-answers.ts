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

/** Bytes of all keys and answers: 150,000 calls a day with answers of a few hundred. */
const MAX_BYTES = 128 * 1_048_576;

/** Share of these bytes for the calls of one partner, so that others can still use keys. */
const OWNER_SHARE = 1 / 4;

/** Estimated heap bytes of a key in addition to its texts. */
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

/** Keys and their answers, up to a number of bytes. Answers of running calls can exceed it. */
class Entries {
  /** Ordered by expiry. */
  readonly byKey = new Map<string, KnownAnswer>();
  #bytes = 0;

  constructor(readonly maxBytes: number) {}

  add(entry: KnownAnswer): void {
    this.byKey.set(entry.key, entry);
    this.#bytes += bytesOf(entry);
  }

  remove(entry: KnownAnswer): void {
    this.byKey.delete(entry.key);
    this.#bytes -= bytesOf(entry);
  }

  hasRoomFor(call: KeyedCall): boolean {
    return this.#bytes + bytesOf(call) <= this.maxBytes;
  }
}

export function createMemoryAnswers({
  clock,
  maxBytes = MAX_BYTES,
  changes,
  known = [],
}: MemoryAnswersOptions): AnswerStore {
  const all = new Entries(maxBytes);
  const byOwner = new Map<string, Entries>();
  for (const answer of known) add(answer);

  function ofOwner(owner: string): Entries {
    const entries = byOwner.get(owner) ?? new Entries(maxBytes * OWNER_SHARE);
    byOwner.set(owner, entries);
    return entries;
  }

  function listsOf({ owner }: KeyedCall): Entries[] {
    return owner === undefined ? [all] : [all, ofOwner(owner)];
  }

  function add(entry: KnownAnswer): void {
    for (const entries of listsOf(entry)) entries.add(entry);
  }

  function drop(entry: KnownAnswer | undefined): void {
    if (!entry) return;
    for (const entries of listsOf(entry)) entries.remove(entry);
    changes?.dropped(entry.key);
  }

  function dropExpired(): void {
    for (const oldest of all.byKey.values()) {
      if (oldest.expiresAt > clock.now()) return;
      drop(oldest);
    }
  }

  function put({ key, fingerprint, run, owner }: KeyedCall, answer?: string): void {
    drop(all.byKey.get(key));
    const now = clock.now();
    const entry = { key, fingerprint, run, owner, claimedAt: now, expiresAt: now + ANSWER_SECONDS * 1_000, answer };
    add(entry);
    changes?.changed(entry);
  }

  /** @throws AnswersFullError */
  function assertRoom(call: KeyedCall): void {
    const full = listsOf(call).find((entries) => !entries.hasRoomFor(call));
    if (!full) return;
    const { expiresAt = clock.now() } = full.byKey.values().next().value ?? {};
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
      const entry = all.byKey.get(call.key);
      if (entry && !isFree(entry, call)) return earlierFrom(entry);
      dropExpired();
      if (!all.byKey.has(call.key)) assertRoom(call);
      put(call);
      return undefined;
    },

    async find(key) {
      const entry = all.byKey.get(key);
      return entry && entry.expiresAt > clock.now() ? earlierFrom(entry) : undefined;
    },

    async keep(call, answer) {
      if (all.byKey.get(call.key)?.run === call.run) put(call, answer);
    },

    async release(call) {
      const entry = all.byKey.get(call.key);
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
