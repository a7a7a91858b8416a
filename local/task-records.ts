/** Records of tasks that must complete, kept across restarts: the next process continues them. */
import type { Task } from '../lambdas/ports/tasks';

export interface RecordedTask {
  id: string;
  task: Task;
  /** The number of runs so far. */
  tries: number;
}

export interface TaskRecords {
  /** Tasks of an earlier process. */
  left: readonly RecordedTask[];
  /** Resolves when the task is on disk. @returns the id of its record */
  add(task: Task): Promise<string>;
  tried(id: string, task: Task, tries: number): void;
  remove(id: string): void;
}
