/** Persistent small records: the in-memory store, plus each record on disk. */
import type { RecordKind, RecordStore } from '../../lambdas/ports/record-store';
import { createMemoryRecords, type KnownRecord, type MemoryRecordsOptions } from '../memory/memory-records';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

export async function openDurableRecords(
  options: MemoryRecordsOptions,
  folder: DataFolder,
  journal: Journal,
): Promise<RecordStore> {
  const known: KnownRecord[] = [];
  for await (const [, text] of folder.read(KIND.namedRecord)) known.push(JSON.parse(text));
  const changes = {
    changed: (record: KnownRecord) => journal.write(keyOf(record.kind, record.name), () => JSON.stringify(record)),
    dropped: (kind: RecordKind, name: string) => journal.write(keyOf(kind, name), undefined),
  };
  const store = createMemoryRecords({ ...options, changes, known });
  return {
    ...store,
    async put(kind, record, before) {
      journal.assertWorks();
      const isDone = await store.put(kind, record, before);
      await journal.stored();
      return isDone;
    },
    async delete(kind, name) {
      journal.assertWorks();
      const isDone = await store.delete(kind, name);
      await journal.stored();
      return isDone;
    },
  };
}

function keyOf(kind: RecordKind, name: string): string {
  return KIND.namedRecord + JSON.stringify([kind, name]);
}
