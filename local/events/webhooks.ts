/** Events of one machine: created by the stores, queued, and posted to the receivers of `WEBHOOKS`. */
import { cloudEventOf, eventIdOf, textOfEvent } from '../../lambdas/events/cloud-event';
import { type EventFacts, subjectOf, timeOf } from '../../lambdas/events/event-facts';
import type { EventDelivery, FailedEvent, ReceiverState } from '../../lambdas/ports/event-delivery';
import { type Clock, isoTime, type Log } from '../../lambdas/ports/runtime';
import type { EventType } from '../../lambdas/protocol/event-types';
import { EventQueue, type EventQueueOptions, type QueueStatus } from './event-queue';
import { createEventPoster } from './post-event';
import { type EventRecords, IN_MEMORY, type QueuedEvent } from './queued-event';
import type { Receiver } from './receivers';
import { createStoreWatch, type StoreWatch } from './store-watch';
import { createStoreWatcher } from './watched-stores';

export interface WebhooksOptions {
  receivers: readonly Receiver[];
  /** Types of events to create. */
  types: ReadonlySet<EventType>;
  contents: boolean;
  totalBytes: number;
  source: string;
  clock: Clock;
  log: Log;
  retryFor?: EventQueueOptions['retryFor'];
  maxEvents?: EventQueueOptions['maxEvents'];
}

export interface Webhooks extends EventDelivery {
  /** For the stores of this process, which report their changes. */
  watch: StoreWatch;
  /** Watches stores of another process. */
  watched: ReturnType<typeof createStoreWatcher>;
  /** For the metrics: counts, since the start. */
  counts(): WebhookCounts;
  /** Call it once the server is reachable. */
  resume(): void;
  stop(): void;
}

export interface WebhookCounts extends QueueStatus {
  attempts: { receiver: string; delivered: number; failed: number }[];
}

interface Counters {
  delivered: number;
  failedAttempts: number;
  lastDeliveredAt: string | undefined;
  lastError: ReceiverState['lastError'];
}

/** @param records  persists the queue; by default it is only in memory */
export function createWebhooks(options: WebhooksOptions, records: EventRecords = IN_MEMORY): Webhooks {
  const { types, contents, source, clock, log } = options;
  const receivers = options.receivers.map((receiver) => ({
    ...receiver,
    types: new Set([...receiver.types].filter((type) => types.has(type))),
  }));
  const posters = new Map(receivers.map((receiver) => [receiver.name, createEventPoster(receiver, clock)]));
  const counters = new Map<string, Counters>(
    receivers.map(({ name }) => [
      name,
      { delivered: 0, failedAttempts: 0, lastDeliveredAt: undefined, lastError: undefined },
    ]),
  );
  const queue = new EventQueue({
    ...options,
    receivers,
    records,
    async attempt({ facts, number }, { name }) {
      const event = cloudEventOf(facts, { source, sequence: String(number) });
      const attempt = await posters.get(name)?.post(event.id, textOfEvent(event));
      return attempt ?? { isDelivered: false, reason: 'no such receiver' };
    },
    delivered({ name }) {
      const counter = counters.get(name) as Counters;
      counter.delivered += 1;
      counter.lastDeliveredAt = isoTime(clock.now());
    },
    attemptFailed({ name }, reason) {
      const counter = counters.get(name) as Counters;
      counter.failedAttempts += 1;
      counter.lastError = { at: isoTime(clock.now()), reason };
      log.debug('event_attempt_failed', { receiver: name, reason });
    },
  });

  function stateOf({ name, url, types: wanted, labels }: Receiver): ReceiverState {
    const waiting = [...queue.events()].filter((event) => event.waiting.includes(name));
    const { delivered, lastDeliveredAt, lastError } = counters.get(name) as Counters;
    return {
      name,
      origin: new URL(url).origin,
      types: [...wanted],
      ...(labels && { labels: [...labels] }),
      delivered,
      waiting: waiting.length,
      failed: [...queue.events()].filter((event) => event.failed?.has(name)).length,
      ...(waiting[0] && { waitingSince: timeOf(waiting[0].facts) }),
      ...(lastDeliveredAt !== undefined && { lastDeliveredAt }),
      ...(lastError && { lastError }),
    };
  }

  const telling = { contents, clock, add: (facts: EventFacts) => queue.add(facts) };
  const watch = createStoreWatch(telling);
  return {
    watch,
    watched: createStoreWatcher({ ...telling, presence: watch.presence }),

    counts: () => ({
      ...queue.status(),
      attempts: [...counters].map(([receiver, { delivered, failedAttempts: failed }]) => ({
        receiver,
        delivered,
        failed,
      })),
    }),

    resume: () => queue.resume(),

    stop() {
      queue.stop();
      for (const poster of posters.values()) poster.stop();
    },

    state: () => ({
      destination: 'webhooks',
      contents,
      queued: queue.size,
      dropped: queue.dropped,
      receivers: receivers.map(stateOf),
    }),

    failed(limit) {
      const found: FailedEvent[] = [];
      for (const event of queue.events()) {
        for (const name of event.failed?.keys() ?? []) if (found.length < limit) found.push(failedEvent(event, name));
      }
      return found;
    },

    replay({ receiver, eventIds }) {
      if (receiver !== undefined && !counters.has(receiver)) return undefined;
      const wanted = eventIds && new Set(eventIds);
      let replayed = 0;
      for (const event of [...queue.events()]) {
        if (!event.failed?.size || (wanted && !wanted.has(eventIdOf(event.facts)))) continue;
        const names = receiver === undefined ? [...event.failed.keys()] : [receiver];
        replayed += names.filter((name) => queue.replay(event, name)).length;
      }
      return replayed;
    },
  };
}

function failedEvent({ facts, failed }: QueuedEvent, receiver: string): FailedEvent {
  const { at: failedAt, reason } = failed?.get(receiver) ?? { at: '', reason: '' };
  const about = { id: eventIdOf(facts), type: facts.type, subject: subjectOf(facts), time: timeOf(facts) };
  return { ...about, receiver, failedAt, reason };
}
