/** Persistent answers of calls with an `Idempotency-Key`: the in-memory store, plus a record of each on disk. */
import type { AnswerStore } from '../../lambdas/ports/answer-store';
import { createMemoryAnswers, type KnownAnswer, type MemoryAnswersOptions } from '../memory/memory-answers';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

/** A claim does not wait for a commit: it reaches the disk before, or together with, the data that its call stores. */
export async function openDurableAnswers(
  options: MemoryAnswersOptions,
  folder: DataFolder,
  journal: Journal,
): Promise<AnswerStore> {
  const known: KnownAnswer[] = [];
  for await (const [, text] of folder.read(KIND.answer)) known.push(JSON.parse(text));
  known.sort((one, other) => one.expiresAt - other.expiresAt);
  const changes = {
    changed: (answer: KnownAnswer) => journal.write(keyOf(answer.key), () => JSON.stringify(answer)),
    dropped: (key: string) => journal.write(keyOf(key), undefined),
  };
  const store = createMemoryAnswers({ ...options, changes, known });
  return {
    ...store,
    async keep(call, answer) {
      journal.assertWorks();
      await store.keep(call, answer);
      await journal.stored();
    },
  };
}

function keyOf(key: string): string {
  return KIND.answer + JSON.stringify(key);
}
