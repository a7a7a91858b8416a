/**
 * Writes changes to disk. Changes that arrive during a commit share the next commit and its sync (group commit). If the disk fails, calls
 * fail; changes already made in memory are kept, and written once the disk works again.
 */
import { UnavailableError } from '../../lambdas/ports/errors';
import type { Log } from '../../lambdas/ports/runtime';
import type { Change, DataFolder } from './data-folder';

/** Called at write time, so that repeated changes of a key are written once; undefined removes the key. */
type Value = (() => string) | undefined;

/** Milliseconds to batch changes that nobody waits for. */
const IDLE_WAIT = 20;

/** Milliseconds between retries while the disk fails. */
const RETRY_WAIT = 1_000;

interface Commit {
  done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

function newCommit(): Commit {
  let [resolve, reject]: [() => void, (error: unknown) => void] = [() => {}, () => {}];
  const done = new Promise<void>((onDone, onError) => {
    [resolve, reject] = [onDone, onError];
  });
  done.catch(() => {}); // perhaps nobody waits for it
  return { done, resolve, reject };
}

export interface JournalOptions {
  folder: Pick<DataFolder, 'commit' | 'recover'>;
  log: Log;
  /** Milliseconds. */
  retryWait?: number;
}

export class Journal {
  readonly #folder: JournalOptions['folder'];
  readonly #log: Log;
  readonly #retryWait: number;
  #pending = new Map<string, Value>();
  /** The commit that will contain the pending changes. */
  #next = newCommit();
  #underway: Commit | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  /** Set while the disk fails. */
  #failure: unknown;
  #isClosed = false;

  constructor({ folder, log, retryWait = RETRY_WAIT }: JournalOptions) {
    this.#folder = folder;
    this.#log = log;
    this.#retryWait = retryWait;
  }

  write(key: string, value: Value): void {
    this.#pending.set(key, value);
    this.#timer ??= this.#startTimer(IDLE_WAIT);
  }

  /** Resolves when all changes so far are on disk. @throws UnavailableError */
  async stored(): Promise<void> {
    this.assertWorks();
    if (this.#pending.size === 0) return this.#underway?.done;
    if (!this.#isDue && !this.#underway) {
      this.#isDue = true;
      setImmediate(() => this.#commit()); // batches other messages of this turn
    }
    return this.#next.done;
  }

  /** Call it before work whose result must be stored. @throws UnavailableError while the disk fails */
  assertWorks(): void {
    if (this.#failure !== undefined) throw new UnavailableError(this.#failure);
  }

  /** Writes the remaining changes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#underway) await this.#underway.done.catch(() => {});
    clearTimeout(this.#timer);
    if (this.#pending.size === 0) return;
    try {
      await this.#write(this.#pending);
      this.#next.resolve();
    } catch (error) {
      this.#log.error('store_failed', error);
      this.#next.reject(new UnavailableError(error));
    }
  }

  #startTimer(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.#commit();
    }, milliseconds).unref();
  }

  #commit(): void {
    this.#isDue = false;
    if (this.#underway || this.#pending.size === 0 || this.#isClosed) return;
    const changes = this.#pending;
    const commit = this.#next;
    this.#pending = new Map();
    this.#next = newCommit();
    this.#underway = commit;
    this.#write(changes).then(
      () => this.#succeed(commit),
      (error) => this.#fail(commit, changes, error),
    );
  }

  async #write(changes: Map<string, Value>): Promise<void> {
    if (this.#failure !== undefined) await this.#folder.recover();
    await this.#folder.commit(takeAll(changes));
  }

  #succeed(commit: Commit): void {
    this.#underway = undefined;
    if (this.#failure !== undefined) this.#log.info('store_recovered');
    this.#failure = undefined;
    commit.resolve();
    if (this.#pending.size > 0) this.#commit();
  }

  /** Keeps the changes for the next try, and rejects the waiting calls; until then no new changes are accepted. */
  #fail(commit: Commit, changes: Map<string, Value>, error: unknown): void {
    this.#underway = undefined;
    if (this.#failure === undefined) this.#log.error('store_failed', error);
    this.#failure = error;
    for (const [key, value] of changes) if (!this.#pending.has(key)) this.#pending.set(key, value);
    const unavailable = new UnavailableError(error);
    commit.reject(unavailable);
    this.#next.reject(unavailable);
    this.#next = newCommit();
    clearTimeout(this.#timer);
    this.#timer = this.#startTimer(this.#retryWait);
  }
}

function takeAll(changes: Map<string, Value>): Change[] {
  return Array.from(changes, ([key, value]) => [key, value?.()] as const);
}
