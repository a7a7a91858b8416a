/** Keeps events until all their receivers have them: in order, bounded, and across restarts if there is a disk. */
import { type EventFacts, subjectOf, timeOf } from '../../lambdas/events/event-facts';
import { type Clock, isoTime, type Log } from '../../lambdas/ports/runtime';
import { EVENT_TYPES, type EventType } from '../../lambdas/protocol/event-types';
import { Deliveries, type DeliveriesOptions } from './deliveries';
import type { EventRecords, Failure, QueuedEvent } from './queued-event';
import { type Receiver, wants } from './receivers';

/** How long an event is retried, in milliseconds. */
const RETRY_FOR = 86_400_000;

/** How long an event can be replayed after it failed, in milliseconds. */
const KEEP_FAILED = 7 * RETRY_FOR;

const MAX_EVENTS = 100_000;

/** Heap bytes of a waiting event without contents: 475 if its message has left the history (Node 20), rounded up. */
const OVERHEAD_BYTES = 500;

/** Milliseconds between retries while the disk fails, and between log lines about a full queue. */
const DISK_WAIT = 1_000;
const LINE_EVERY = 60_000;

export interface EventQueueOptions {
  receivers: readonly Receiver[];
  records: EventRecords;
  totalBytes: number;
  maxEvents?: number;
  /** How long an event is retried, in milliseconds; a day by default. */
  retryFor?: number;
  attempt(event: QueuedEvent, receiver: Receiver): ReturnType<DeliveriesOptions['attempt']>;
  delivered(receiver: Receiver): void;
  attemptFailed(receiver: Receiver, reason: string): void;
  clock: Clock;
  log: Log;
}

export interface QueueStatus {
  waiting: number;
  /** Only a replay can deliver them. */
  failed: number;
  /** Since the start, because the queue was full. */
  dropped: number;
  bytes: number;
}

export class EventQueue {
  readonly #options: EventQueueOptions;
  readonly #deliveries: ReadonlyMap<string, Deliveries>;
  /** Oldest first. */
  readonly #events = new Set<QueuedEvent>();
  /** Names of the receivers that want an event. Each distinct list exists once, because many events wait with it. */
  readonly #lists = new Map<string, readonly string[]>();
  /** These lists by type of event; a type is missing if the labels of the client matter. */
  readonly #byType = new Map<EventType, readonly string[]>();
  /** Events that only a replay can deliver, in the order in which they failed. */
  readonly #failed = new Set<QueuedEvent>();
  /** Not known to be on disk yet. */
  #fresh: QueuedEvent[] = [];
  #isSettling = false;
  #isStopped = false;
  #bytes = 0;
  #last: number;
  #linedAt = 0;
  dropped = 0;

  constructor(options: EventQueueOptions) {
    this.#options = options;
    const { receivers, records, clock } = options;
    this.#last = Math.max(clock.now() * 1_000, records.left.at(-1)?.number ?? 0); // increases even if the queue was empty
    this.#deliveries = new Map(receivers.map((receiver) => [receiver.name, this.#deliveriesOf(receiver)]));
    for (const type of EVENT_TYPES) {
      const wanting = receivers.filter(({ types }) => types.has(type));
      if (!wanting.some(({ labels }) => labels)) this.#byType.set(type, this.#list(wanting.map(({ name }) => name)));
    }
  }

  /** Continues with the events of an earlier process. Receivers that no longer exist get nothing. */
  resume(): void {
    const isThere = (name: string) => this.#deliveries.has(name);
    for (const { number, facts, since, waiting, failed, batch } of this.#options.records.left) {
      const event = newEvent(number, facts, since, this.#list(waiting.filter(isThere)));
      event.batch = batch;
      event.failed = new Map([...(failed ?? [])].filter(([name]) => isThere(name)));
      this.#keep(event);
      for (const name of event.waiting) this.#deliveries.get(name)?.add(event);
      this.#settle(event);
    }
  }

  get size(): number {
    return this.#events.size;
  }

  status(): QueueStatus {
    const failed = this.#failed.size;
    return { waiting: this.#events.size - failed, failed, dropped: this.dropped, bytes: this.#bytes };
  }

  /** Oldest first. */
  events(): IterableIterator<QueuedEvent> {
    this.#forgetOldFailures();
    return this.#events.values();
  }

  #labelled(facts: EventFacts): string[] {
    const labels = 'client' in facts ? facts.client.labels : undefined;
    return this.#options.receivers.filter((one) => wants(one, facts.type, labels)).map(({ name }) => name);
  }

  #list(names: readonly string[]): readonly string[] {
    const key = names.join();
    const known = this.#lists.get(key);
    if (!known) this.#lists.set(key, names);
    return known ?? names;
  }

  /** Adds an event for its receivers. Never waits, because the caller is on a message's path. */
  add(facts: EventFacts): void {
    const names = this.#byType.get(facts.type) ?? this.#list(this.#labelled(facts));
    if (names.length === 0) return;
    this.#last += 1;
    const event = newEvent(this.#last, facts, this.#options.clock.now(), names);
    this.#keep(event);
    this.#options.records.added(event);
    this.#fresh.push(event);
    this.#makeRoom();
    if (!this.#isSettling) void this.#sendWhenStored();
  }

  /** Resends an event that failed at a receiver. @returns false if it has not failed there */
  replay(event: QueuedEvent, receiver: string): boolean {
    if (!event.failed?.has(receiver)) return false;
    event.failed = new Map([...event.failed].filter(([name]) => name !== receiver));
    this.#failed.delete(event);
    event.waiting = this.#list([...event.waiting, receiver]);
    event.since = this.#options.clock.now();
    this.#options.records.replayed(event, receiver);
    this.#deliveries.get(receiver)?.add(event);
    return true;
  }

  stop(): void {
    this.#isStopped = true;
    for (const one of this.#deliveries.values()) one.stop();
  }

  #deliveriesOf(receiver: Receiver): Deliveries {
    const { retryFor = RETRY_FOR, clock, attempt, delivered, attemptFailed, records } = this.#options;
    return new Deliveries({
      concurrency: receiver.concurrency,
      retryFor,
      clock,
      attempt: (event) => attempt(event, receiver),
      delivered: (event) => {
        delivered(receiver);
        event.waiting = this.#without(event, receiver.name);
        if (event.waiting.length > 0 || event.failed) records.delivered(event, receiver.name);
        this.#settle(event);
      },
      retried: (_event, reason) => attemptFailed(receiver, reason),
      failed: (event, reason) => {
        attemptFailed(receiver, reason);
        this.#fail(event, receiver.name, { at: isoTime(clock.now()), reason });
      },
    });
  }

  #without({ waiting }: QueuedEvent, receiver: string): readonly string[] {
    return this.#list(waiting.filter((name) => name !== receiver));
  }

  #fail(event: QueuedEvent, receiver: string, failure: Failure): void {
    const { records, log } = this.#options;
    event.waiting = this.#without(event, receiver);
    event.failed = new Map(event.failed).set(receiver, failure);
    records.failed(event, receiver, failure);
    log.error('event_failed', new Error(failure.reason), {
      receiver,
      event_type: event.facts.type,
      subject: subjectOf(event.facts),
      happened_at: timeOf(event.facts),
    });
    this.#settle(event);
  }

  /** An event is sent only once it is on disk, together with the change that it reports. */
  async #sendWhenStored(): Promise<void> {
    const { records, clock } = this.#options;
    this.#isSettling = true;
    while (this.#fresh.length > 0 && !this.#isStopped) {
      const fresh = this.#fresh;
      this.#fresh = [];
      try {
        await records.stored();
        await new Promise((resolve) => setImmediate(resolve)); // lets the answer to the message go first
      } catch {
        this.#fresh = [...fresh, ...this.#fresh]; // the journal has logged it, and retries
        await clock.sleep(DISK_WAIT);
        continue;
      }
      for (const event of fresh) {
        if (!event.isDropped) for (const name of event.waiting) this.#deliveries.get(name)?.add(event);
      }
    }
    this.#isSettling = false;
  }

  #keep(event: QueuedEvent): void {
    this.#events.add(event);
    this.#bytes += event.bytes;
  }

  /** Removes an event that no receiver waits for; marks one that only a replay can deliver. */
  #settle(event: QueuedEvent): void {
    if (event.waiting.length > 0) return;
    if (event.failed?.size) this.#failed.add(event);
    else this.#remove(event);
  }

  #remove(event: QueuedEvent): void {
    if (!this.#events.delete(event)) return;
    this.#failed.delete(event);
    this.#bytes -= event.bytes;
    this.#options.records.removed(event);
  }

  #forgetOldFailures(): void {
    if (this.#failed.size === 0) return;
    const now = this.#options.clock.now();
    for (const event of this.#failed) {
      if (now - failedAt(event) <= KEEP_FAILED) return;
      this.#remove(event);
    }
  }

  /** Drops the oldest: first failed events, then waiting ones. */
  #makeRoom(): void {
    const { totalBytes, maxEvents = MAX_EVENTS } = this.#options;
    this.#forgetOldFailures();
    while (this.#bytes > totalBytes || this.#events.size > maxEvents) {
      const [oldest] = this.#failed.size > 0 ? this.#failed : this.#events.values();
      if (!oldest) return;
      oldest.isDropped = true;
      this.#remove(oldest);
      for (const name of oldest.waiting) this.#deliveries.get(name)?.drop(oldest);
      this.dropped += 1;
      this.#logDrops();
    }
  }

  #logDrops(): void {
    const { clock, log } = this.#options;
    if (clock.now() - this.#linedAt < LINE_EVERY) return;
    this.#linedAt = clock.now();
    const cause = new Error('the queue of events is full: the oldest are given up');
    log.error('events_dropped', cause, { dropped: this.dropped, queued: this.#events.size });
  }
}

/** When it failed last, in milliseconds since 1970. */
function failedAt({ failed }: QueuedEvent): number {
  return Math.max(...Array.from(failed?.values() ?? [], ({ at }) => Date.parse(at)));
}

function newEvent(number: number, facts: EventFacts, since: number, waiting: readonly string[]): QueuedEvent {
  const bytes = OVERHEAD_BYTES + ('data' in facts ? (facts.data?.length ?? 0) : 0);
  return { number, facts, bytes, since, waiting, failed: undefined, isDropped: false, batch: undefined };
}
