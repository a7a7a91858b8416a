/** Schemas of the calls about events. */
import * as z from 'zod';
import { EVENT_TYPES } from './event-types';
import { timestamp } from './formats';
import { count } from './http-schemas';
import { MAX_PAGE_SIZE } from './limits';

const receiver = z
  .string()
  .max(32)
  .meta({ description: 'The name of a receiver.', examples: ['billing'] });
const eventType = z.string().meta({ description: `One of ${EVENT_TYPES.join(', ')}.`, examples: ['client.connected'] });
const eventId = z
  .string()
  .max(64)
  .meta({ examples: ['evt_3kTMd3VbsIZrnK6SsQ0CkPbBUyM'] });
const reason = z
  .string()
  .meta({ description: 'Why the last attempt failed.', examples: ['status 503', 'ECONNREFUSED'] });

export const eventDeliveryState = z
  .object({
    destination: z.string().meta({
      description: '`webhooks`, `eventbridge`, or `none` if events are off.',
      examples: ['webhooks'],
    }),
    contents: z.boolean().meta({ description: 'Whether events include message contents.' }),
    bus: z
      .string()
      .optional()
      .meta({ description: 'Name of the EventBridge bus.', examples: ['Switchboard-events'] }),
    queued: count.meta({ description: 'Events that are waiting or have failed.' }),
    dropped: count.meta({ description: 'Events dropped since the start because the queue was full.' }),
    receivers: z.array(
      z
        .object({
          name: receiver,
          origin: z
            .string()
            .meta({ description: 'Its URL without path and query.', examples: ['https://example.com'] }),
          types: z.array(eventType),
          labels: z
            .array(z.string())
            .optional()
            .meta({ description: 'Only events of clients with one of these labels; omitted for all.' }),
          delivered: count.meta({ description: 'Since the start.' }),
          waiting: count,
          failed: count.meta({ description: 'Not delivered within a day; `POST /events/replay` sends them again.' }),
          waiting_since: timestamp.optional(),
          last_delivered_at: timestamp.optional(),
          last_error: z.object({ at: timestamp, reason }).optional(),
        })
        .meta({ id: 'EventReceiver' }),
    ),
  })
  .meta({ id: 'EventDelivery' });

export const failedEvents = z
  .object({
    events: z.array(
      z
        .object({
          event_id: eventId,
          type: eventType,
          subject: z.string().meta({ description: 'The client, or the broadcast.' }),
          time: timestamp,
          receiver,
          failed_at: timestamp,
          reason,
        })
        .meta({ id: 'FailedEvent' }),
    ),
  })
  .meta({ id: 'FailedEvents' });

export const replayRequest = z
  .object({
    receiver: receiver.nullish(),
    event_ids: z.array(eventId).max(MAX_PAGE_SIZE).nullish(),
  })
  .meta({ id: 'ReplayRequest', description: 'All failed events if both are omitted.' });

export const replayed = z
  .object({
    status: z.literal('accepted'),
    replayed: count.meta({ description: 'Number of events that are sent again.' }),
  })
  .meta({ id: 'EventsReplayed' });
