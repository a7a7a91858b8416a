/** Answers to HTTP calls with an `Idempotency-Key`: the interface of every answer store (contract: `test/contract/answer-store.ts`). */

/** Retention of an answer, in seconds. */
export const ANSWER_SECONDS = 86_400;

/** Milliseconds after which a call without an answer counts as dead and its key can be taken over: no call runs that long. */
export const DIED_AFTER = 30_000;

/** A call with an idempotency key. */
export interface KeyedCall {
  key: string;
  /** Hash of the request. A repeat has the same. */
  fingerprint: string;
  /** Distinguishes this run of the call from others. */
  run: string;
  /** The partner whose key makes the call; undefined for a key of the team. A store with a limit gives each partner only a part of it. */
  owner?: string | undefined;
}

/** The store has no room for another key of this caller. It drops no key before its time, because a repeat would then take effect twice. */
export class AnswersFullError extends Error {
  override readonly name = 'AnswersFullError';

  /** @param retryAfterSeconds  until the next key expires */
  constructor(readonly retryAfterSeconds: number) {
    super('the store of answers is full');
  }
}

/** The call that holds the key. */
export interface EarlierCall {
  fingerprint: string;
  /** Undefined while the call is running. */
  answer: string | undefined;
}

export interface AnswerStore {
  /**
   * Compare-and-set: claims a key that is free, or whose call died and had the same fingerprint.
   * @returns the call that holds the key; undefined if this one does and should run
   * @throws AnswersFullError
   */
  claim(call: KeyedCall): Promise<EarlierCall | undefined>;

  /** The call that holds a key, running or answered; undefined for a free key. */
  find(key: string): Promise<EarlierCall | undefined>;

  /** Stores the answer of a call that holds its key. A no-op if another run has taken over the key. */
  keep(call: KeyedCall, answer: string): Promise<void>;

  /** Frees a key without an answer. A no-op if another run has taken it over. */
  release(call: KeyedCall): Promise<void>;
}
