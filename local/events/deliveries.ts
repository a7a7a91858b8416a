/**
 * Delivers events to one receiver. Events with the same subject form a lane: each waits for the previous one and its retries. Lanes are
 * independent, up to the receiver's limit of concurrent requests.
 */
import { subjectOf } from '../../lambdas/events/event-facts';
import type { Clock } from '../../lambdas/ports/runtime';
import type { Attempt } from './post-event';
import type { QueuedEvent } from './queued-event';

/** Milliseconds before the first retry; doubles with each. */
const FIRST_WAIT = 1_000;

/** Maximum milliseconds between two retries. */
const LONGEST_WAIT = 15 * 60_000;

interface Lane {
  subject: string;
  /** Oldest first. */
  events: QueuedEvent[];
  /** True while the first one is being sent. */
  isBusy: boolean;
  /** Failed attempts of the first one. */
  failures: number;
  cancelRetry: (() => void) | undefined;
}

export interface DeliveriesOptions {
  concurrency: number;
  /** How long an event is retried, in milliseconds. */
  retryFor: number;
  clock: Clock;
  attempt(event: QueuedEvent): Promise<Attempt>;
  delivered(event: QueuedEvent): void;
  /** Called when an attempt has failed and will be retried. */
  retried(event: QueuedEvent, reason: string): void;
  failed(event: QueuedEvent, reason: string): void;
}

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes whose first event can be sent, round-robin. */
  readonly #ready = new Set<Lane>();
  #underway = 0;
  #isStopped = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  add(event: QueuedEvent): void {
    const lane = this.#laneOf(subjectOf(event.facts));
    insert(lane, event);
    if (!lane.isBusy && !lane.cancelRetry) this.#ready.add(lane);
    this.#fill();
  }

  /** Forgets an event that the queue has dropped. A running request is not aborted. */
  drop(event: QueuedEvent): void {
    const lane = this.#lanes.get(subjectOf(event.facts));
    const place = lane?.events.indexOf(event) ?? -1;
    if (!lane || place === -1 || (place === 0 && lane.isBusy)) return;
    lane.events.splice(place, 1);
    if (place > 0) return;
    lane.cancelRetry?.();
    this.#next(lane);
    this.#fill();
  }

  stop(): void {
    this.#isStopped = true;
    for (const { cancelRetry } of this.#lanes.values()) cancelRetry?.();
  }

  #laneOf(subject: string): Lane {
    const known = this.#lanes.get(subject);
    if (known) return known;
    const lane: Lane = { subject, events: [], isBusy: false, failures: 0, cancelRetry: undefined };
    this.#lanes.set(subject, lane);
    return lane;
  }

  #fill(): void {
    if (this.#ready.size === 0 || this.#underway >= this.#options.concurrency) return;
    for (const lane of this.#ready) {
      if (this.#isStopped || this.#underway >= this.#options.concurrency) return;
      this.#ready.delete(lane);
      this.#underway += 1;
      lane.isBusy = true;
      void this.#send(lane, lane.events[0] as QueuedEvent);
    }
  }

  async #send(lane: Lane, event: QueuedEvent): Promise<void> {
    const attempt = await this.#options.attempt(event);
    this.#underway -= 1;
    lane.isBusy = false;
    if (this.#isStopped) return;
    if (event.isDropped || this.#isOver(lane, event, attempt)) {
      lane.events.shift();
      this.#next(lane);
    }
    this.#fill();
  }

  /** False if the event must be retried: then its lane waits. */
  #isOver(lane: Lane, event: QueuedEvent, attempt: Attempt): boolean {
    const { clock, retryFor, delivered, retried, failed } = this.#options;
    if (attempt.isDelivered) {
      delivered(event);
      return true;
    }
    const { reason, retryAfterMs = 0 } = attempt;
    if (clock.now() - event.since >= retryFor) {
      failed(event, reason);
      return true;
    }
    lane.failures += 1;
    retried(event, reason);
    lane.cancelRetry = clock.setTimer(Math.max(waitAfter(lane.failures), retryAfterMs), () => {
      lane.cancelRetry = undefined;
      this.#ready.add(lane);
      this.#fill();
    });
    return false;
  }

  /** Continues with the next event. */
  #next(lane: Lane): void {
    lane.failures = 0;
    lane.cancelRetry = undefined;
    if (lane.events.length > 0) this.#ready.add(lane);
    else {
      this.#ready.delete(lane);
      this.#lanes.delete(lane.subject);
    }
  }
}

/** Exponential back-off with jitter, so that events that failed together are not retried together. */
function waitAfter(failures: number): number {
  const longest = Math.min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT);
  return longest * (0.5 + Math.random() / 2);
}

/** Ordered by number. A replayed event is older than waiting ones, but goes after one that is being sent. */
function insert({ events, isBusy }: Lane, event: QueuedEvent): void {
  if (event.number > (events.at(-1)?.number ?? 0)) return void events.push(event);
  const after = events.findLastIndex(({ number }) => number < event.number);
  events.splice(Math.max(after + 1, isBusy ? 1 : 0), 0, event);
}
