/** Small records by kind and name, such as API keys: the interface of every record store (contract: `test/contract/record-store.ts`). */
import type { JsonObject } from '../protocol/json';

/** `key`: an API key. `key_use`: when a key was last used. `revocation`: tokens that are rejected. */
export type RecordKind = 'key' | 'key_use' | 'revocation';

export interface StoredRecord {
  name: string;
  value: JsonObject;
  /** Milliseconds since 1970; never expires if omitted. */
  expiresAt?: number;
}

/** Strongly consistent. Each kind has few records, so that all fit into memory. */
export interface RecordStore {
  get(kind: RecordKind, name: string): Promise<StoredRecord | undefined>;

  /** All records of a kind, sorted by name. */
  list(kind: RecordKind): Promise<StoredRecord[]>;

  /**
   * Writes a record, replacing one with the same name.
   * @param before  compare-and-set: the record that must exist, or `free` if none may
   * @returns false if the condition does not hold
   */
  put(kind: RecordKind, record: StoredRecord, before?: StoredRecord | 'free'): Promise<boolean>;

  /**
   * @returns false if there is none
   */
  delete(kind: RecordKind, name: string): Promise<boolean>;

  /** Calls `changed` after every put and delete of a kind. Only a store that no other process changes has it. */
  onChange?(kind: RecordKind, changed: () => void): void;
}
