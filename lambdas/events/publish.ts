/** The streams of the tables to a bus of events. Nothing of this is in a message's path. */
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Log } from '../ports/runtime';
import { type CloudEvent, cloudEventOf } from './cloud-event';
import type { EventFacts } from './event-facts';

/** What happened, and where it stands among what happened to its client. */
export interface Happened {
  facts: EventFacts;
  sequence: string;
}

/** Reads the streams. */
export interface EventFeed {
  /** What records of a stream tell of, for each record. */
  read(records: readonly DynamoDBRecord[]): Promise<Happened[][]>;
  /** Who tells. */
  source: string;
}

export interface EventBus {
  /** Publishes events in their order. @returns how many, from the first on, the bus has taken */
  publish(events: readonly CloudEvent[]): Promise<number>;
}

export interface PublishDependencies {
  eventFeed: EventFeed;
  eventBus: EventBus;
  log: Log;
}

/** What is not published is reported, so that Lambda goes on from there: the rest of the batch is not read again. */
export function create({ eventFeed, eventBus, log }: PublishDependencies) {
  return async function publish({ Records: records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
    const happened = await eventFeed.read(records);
    const events = happened.flatMap((all, record) =>
      all.map(({ facts, sequence }) => ({
        record,
        event: cloudEventOf(facts, { source: eventFeed.source, sequence }),
      })),
    );
    const published = await eventBus.publish(events.map(({ event }) => event));
    log.debug('events_published', { events: published });
    const first = events[published];
    if (!first) return { batchItemFailures: [] };
    log.error('events_not_published', new Error('the bus did not take them'), { events: events.length - published });
    return { batchItemFailures: [{ itemIdentifier: records[first.record]?.dynamodb?.SequenceNumber ?? '' }] };
  };
}
