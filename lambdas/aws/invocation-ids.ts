/** Adds the ids of client, connection, request and message to every line that a function logs. */
import type { LogFields } from '../ports/runtime';
import { isJsonObject, parseJson } from '../protocol/json';
import { messageIdOf } from '../protocol/marks';
import type { InvocationLog } from './json-log';

/** Fields that events of routes, authorizers and tasks may have. */
interface IdentifiedEvent {
  requestContext?: {
    requestId?: string;
    connectionId?: string;
    eventType?: string;
    authorizer?: { client_id?: string } | null;
  };
  body?: string | null;
  /** In task events. */
  clientId?: string;
  connectionId?: string;
  broadcastId?: string;
}

interface Invocation {
  awsRequestId?: string;
}

export function idsOf(event: IdentifiedEvent, { awsRequestId }: Invocation): LogFields {
  const { requestContext: request, body, clientId, connectionId, broadcastId } = event;
  return {
    client_id: request?.authorizer?.client_id ?? clientId,
    connection_id: request?.connectionId ?? connectionId,
    message_id: request?.eventType === 'MESSAGE' ? messageIdIn(body ?? '') : undefined,
    broadcast_id: broadcastId,
    request_id: request?.requestId, // also in the access log
    invocation_id: awsRequestId,
  };
}

/** Undefined if the message has no valid id. */
function messageIdIn(body: string): string | undefined {
  try {
    const message = parseJson(body);
    return isJsonObject(message) ? messageIdOf(message) : undefined;
  } catch {
    return undefined;
  }
}

/** Wraps a handler so that its log lines have the event's ids. The ids are only computed when a line is written. */
export function withIds<Event extends IdentifiedEvent, Context extends Invocation, Result>(
  handler: (event: Event, context: Context) => Result,
  log: InvocationLog,
): (event: Event, context: Context) => Result {
  return (event, context) => {
    log.begin(() => idsOf(event, context ?? {}));
    return handler(event, context);
  };
}
