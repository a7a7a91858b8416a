/** Records on disk of tasks that must complete. */
import { randomUUID } from 'node:crypto';
import type { RecordedTask, TaskRecords } from '../task-records';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

export async function openDurableTasks(folder: DataFolder, journal: Journal): Promise<TaskRecords> {
  const left: RecordedTask[] = [];
  for await (const [key, text] of folder.read(KIND.task)) {
    const { task, tries } = JSON.parse(text);
    // An interrupted run counts as a try, so a task that crashes the process can do so only a few times.
    left.push({ id: key.slice(1), task, tries });
    journal.write(key, () => JSON.stringify({ task, tries: tries + 1 }));
  }

  return {
    left,
    async add(task) {
      const id = randomUUID();
      journal.write(KIND.task + id, () => JSON.stringify({ task, tries: 1 }));
      await journal.stored();
      return id;
    },
    tried(id, task, tries) {
      journal.write(KIND.task + id, () => JSON.stringify({ task, tries: tries + 1 }));
    },
    remove(id) {
      journal.write(KIND.task + id, undefined);
    },
  };
}
