/** Answers of HTTP calls that have an `Idempotency-Key`: the interface that every store fulfils (`test/contract/answer-store.ts`). */

/** Seconds that an answer is kept. */
export const ANSWER_SECONDS = 86_400;

/** Milliseconds after which a call without an answer has died, and its key can be taken over: no call runs for so long. */
export const DIED_AFTER = 30_000;

/** A call that comes with a key. */
export interface KeyedCall {
  key: string;
  /** A hash of what the call asks for. A repeat has the same. */
  fingerprint: string;
  /** Tells this run of the call from other ones. */
  run: string;
}

/** The call that has the key. */
export interface EarlierCall {
  fingerprint: string;
  /** Undefined while it runs. */
  answer: string | undefined;
}

export interface AnswerStore {
  /**
   * Compare-and-set: claims a key that is free, or whose call has died and had the same fingerprint.
   * @returns the call that has the key; undefined where it is this one, which is then to run
   */
  claim(call: KeyedCall): Promise<EarlierCall | undefined>;

  /** Keeps the answer of a call that claimed its key. A no-op where another run has taken the key over. */
  keep(call: KeyedCall, answer: string): Promise<void>;

  /** Frees a key without an answer. A no-op where another run has taken it over. */
  release(call: KeyedCall): Promise<void>;
}
