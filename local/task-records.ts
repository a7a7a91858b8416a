/** Tasks that have to end, kept over a restart: what a process leaves, the next one goes on with. */
import type { Task } from '../lambdas/ports/tasks';

export interface RecordedTask {
  id: string;
  task: Task;
  /** How often it was begun. */
  tries: number;
}

export interface TaskRecords {
  /** Of an earlier process. */
  left: readonly RecordedTask[];
  /** Resolves when the task is on disk. @returns the id of its record */
  add(task: Task): Promise<string>;
  tried(id: string, task: Task, tries: number): void;
  remove(id: string): void;
}
