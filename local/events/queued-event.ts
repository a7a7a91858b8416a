/** An event on its way to its receivers. */
import type { EventFacts } from '../../lambdas/events/event-facts';

/** Why a receiver did not get an event within the time for retries. */
export interface Failure {
  /** ISO-8601. */
  at: string;
  reason: string;
}

export interface QueuedEvent {
  /** Increases with each event, also across restarts. */
  readonly number: number;
  readonly facts: EventFacts;
  readonly bytes: number;
  /** When it was added, or replayed last: milliseconds since 1970. */
  since: number;
  /** Names of receivers that do not have it yet. Events share the list, so it is replaced, not changed. */
  waiting: readonly string[];
  /** By receiver; undefined if none. */
  failed: ReadonlyMap<string, Failure> | undefined;
  /** Dropped because the queue was full. */
  isDropped: boolean;
  /** The record that has it on disk; undefined if the queue is only in memory. */
  batch: EventBatch | undefined;
}

/** Events that were added between two commits share a record on disk. */
export interface EventBatch {
  /** The number of its first event; the others follow without gaps. */
  readonly first: number;
  /** Number of its events that are still in the queue. */
  left: number;
}

/** An event left by an earlier process. */
export type LeftEvent = Pick<QueuedEvent, 'number' | 'facts' | 'since' | 'waiting' | 'failed' | 'batch'>;

/** Persists the queue across restarts. */
export interface EventRecords {
  /** Events of an earlier process, by number. */
  left: readonly LeftEvent[];
  /** Sets the event's `batch`. */
  added(event: QueuedEvent): void;
  /** It has reached this receiver, but other receivers still wait. */
  delivered(event: QueuedEvent, receiver: string): void;
  failed(event: QueuedEvent, receiver: string, failure: Failure): void;
  replayed(event: QueuedEvent, receiver: string): void;
  removed(event: QueuedEvent): void;
  /** Resolves when all changes are on disk. */
  stored(): Promise<void>;
}

export const IN_MEMORY: EventRecords = {
  left: [],
  added() {},
  delivered() {},
  failed() {},
  replayed() {},
  removed() {},
  async stored() {},
};
