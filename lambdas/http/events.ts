/** HTTP calls about events: delivery state, failed events, and replay. */
import type { Dependencies } from '../ports/dependencies';
import type { FailedEvent, ReceiverState } from '../ports/event-delivery';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { createHttpHandler, type Operations } from './http-handler';

export type EventsDependencies = Pick<
  Dependencies,
  'eventDelivery' | 'history' | 'answers' | 'accessControl' | 'clock' | 'newId' | 'log'
>;

export function create(dependencies: EventsDependencies) {
  const { eventDelivery, log } = dependencies;
  const operations: Operations<RouteKeyOf<'http/events'>> = {
    async 'GET /events'() {
      const { destination, contents, bus, queued, dropped, receivers } = eventDelivery.state();
      return { body: { destination, contents, bus, queued, dropped, receivers: receivers.map(bodyOfReceiver) } };
    },

    async 'GET /events/failed'({ query: { limit } }) {
      return { body: { events: eventDelivery.failed(limit).map(bodyOfFailed) } };
    },

    async 'POST /events/replay'({ body: { receiver, event_ids: eventIds } }) {
      const request = { receiver: receiver ?? undefined, eventIds: eventIds ?? undefined };
      const replayed = eventDelivery.replay(request);
      if (replayed === undefined) {
        throw new Problem('receiver_not_found', 'Unknown receiver; use a name that GET /events lists.');
      }
      log.info('events_replayed', { replayed, receiver: request.receiver });
      return { status: 202, body: { status: 'accepted', replayed } };
    },
  };
  return createHttpHandler(operations, dependencies);
}

function bodyOfReceiver(state: ReceiverState) {
  const { name, origin, types, labels, delivered, waiting, failed, waitingSince, lastDeliveredAt, lastError } = state;
  return {
    name,
    origin,
    types: [...types],
    labels: labels && [...labels],
    delivered,
    waiting,
    failed,
    waiting_since: waitingSince,
    last_delivered_at: lastDeliveredAt,
    last_error: lastError,
  };
}

function bodyOfFailed({ id, type, subject, time, receiver, failedAt, reason }: FailedEvent) {
  return { event_id: id, type, subject, time, receiver, failed_at: failedAt, reason };
}
