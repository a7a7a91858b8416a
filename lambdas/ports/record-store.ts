/** Small records by their kind and name, such as API keys: the interface that every store fulfils (`test/contract/record-store.ts`). */
import type { JsonObject } from '../protocol/json';

/** `key`: an API key. `key_use`: when one was used last. `revocation`: tokens that are not taken any more. */
export type RecordKind = 'key' | 'key_use' | 'revocation';

export interface StoredRecord {
  name: string;
  value: JsonObject;
  /** Milliseconds since 1970; for ever where left out. */
  expiresAt?: number;
}

/** Strongly consistent. A kind has few records: all of them fit into memory. */
export interface RecordStore {
  get(kind: RecordKind, name: string): Promise<StoredRecord | undefined>;

  /** All of a kind, by name. */
  list(kind: RecordKind): Promise<StoredRecord[]>;

  /**
   * Writes a record, in the place of one that has its name.
   * @param before  compare-and-set: the record that must be there; `free` where there must be none
   * @returns false where there is another one, or none
   */
  put(kind: RecordKind, record: StoredRecord, before?: StoredRecord | 'free'): Promise<boolean>;

  /** @returns false where there is none */
  delete(kind: RecordKind, name: string): Promise<boolean>;
}
