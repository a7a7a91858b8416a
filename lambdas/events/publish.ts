/** Publishes events from the tables' streams to an event bus. Not in the path of any message. */
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Log } from '../ports/runtime';
import { type CloudEvent, cloudEventOf } from './cloud-event';
import type { EventFacts } from './event-facts';

/** What happened, and its place in the order of its client's events. */
export interface Happened {
  facts: EventFacts;
  sequence: string;
}

/** Reads the streams. */
export interface EventFeed {
  /** Converts stream records to events, per record. */
  read(records: readonly DynamoDBRecord[]): Promise<Happened[][]>;
  /** The `source` of the events. */
  source: string;
}

export interface EventBus {
  /** Publishes events in order. @returns how many the bus accepted, counted from the first */
  publish(events: readonly CloudEvent[]): Promise<number>;
}

export interface PublishDependencies {
  eventFeed: EventFeed;
  eventBus: EventBus;
  log: Log;
}

/** Reports the first record that was not published, so that Lambda continues from there. */
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
    log.error('events_not_published', new Error('the bus did not accept all events'), {
      events: events.length - published,
    });
    return { batchItemFailures: [{ itemIdentifier: records[first.record]?.dynamodb?.SequenceNumber ?? '' }] };
  };
}
