/** In-memory small records. */
import type { RecordKind, RecordStore, StoredRecord } from '../../lambdas/ports/record-store';
import type { Clock } from '../../lambdas/ports/runtime';

export interface KnownRecord extends StoredRecord {
  kind: RecordKind;
}

/** Called with changes. */
export interface RecordChanges {
  changed(record: KnownRecord): void;
  dropped(kind: RecordKind, name: string): void;
}

export interface MemoryRecordsOptions {
  clock: Clock;
  changes?: RecordChanges;
  /** From an earlier process. */
  known?: readonly KnownRecord[];
}

function isSame(one: StoredRecord | undefined, other: StoredRecord): boolean {
  return one !== undefined && JSON.stringify(one.value) === JSON.stringify(other.value);
}

export function createMemoryRecords({ clock, changes, known = [] }: MemoryRecordsOptions): RecordStore {
  const kinds = new Map<RecordKind, Map<string, StoredRecord>>();
  const listeners: { kind: RecordKind; changed: () => void }[] = [];
  for (const { kind, ...record } of known) recordsOf(kind).set(record.name, record);

  function recordsOf(kind: RecordKind): Map<string, StoredRecord> {
    const records = kinds.get(kind) ?? new Map<string, StoredRecord>();
    kinds.set(kind, records);
    return records;
  }

  function tell(kind: RecordKind): void {
    for (const listener of listeners) if (listener.kind === kind) listener.changed();
  }

  /** The record, unless it has expired: then it is dropped. */
  function living(kind: RecordKind, record: StoredRecord | undefined): StoredRecord | undefined {
    if (!record || (record.expiresAt ?? Number.POSITIVE_INFINITY) > clock.now()) return record;
    recordsOf(kind).delete(record.name);
    changes?.dropped(kind, record.name);
    return undefined;
  }

  return {
    async get(kind, name) {
      return living(kind, recordsOf(kind).get(name));
    },

    async list(kind) {
      const records = [...recordsOf(kind).values()].flatMap((record) => living(kind, record) ?? []);
      return records.sort((one, other) => (one.name < other.name ? -1 : 1));
    },

    async put(kind, record, before) {
      const there = living(kind, recordsOf(kind).get(record.name));
      if (before === 'free' ? there : before && !isSame(there, before)) return false;
      recordsOf(kind).set(record.name, record);
      changes?.changed({ kind, ...record });
      tell(kind);
      return true;
    },

    async delete(kind, name) {
      if (!living(kind, recordsOf(kind).get(name))) return false;
      recordsOf(kind).delete(name);
      changes?.dropped(kind, name);
      tell(kind);
      return true;
    },

    onChange(kind, changed) {
      listeners.push({ kind, changed });
    },
  };
}
