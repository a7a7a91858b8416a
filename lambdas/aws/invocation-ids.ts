/** Ids on every line that a function logs: of the client, the connection, the request and the message that its event is about. */
import type { LogFields } from '../ports/runtime';
import { isJsonObject, parseJson } from '../protocol/json';
import { messageIdOf } from '../protocol/message-id';
import type { InvocationLog } from './json-log';

/** What events of routes, authorizers and tasks may say about themselves. */
interface IdentifiedEvent {
  requestContext?: {
    requestId?: string;
    connectionId?: string;
    eventType?: string;
    authorizer?: { client_id?: string } | null;
  };
  body?: string | null;
  /** Of tasks. */
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
    request_id: request?.requestId, // on the line of the access log too
    invocation_id: awsRequestId,
  };
}

/** Undefined where a message has none, or is not valid. */
function messageIdIn(body: string): string | undefined {
  try {
    const message = parseJson(body);
    return isJsonObject(message) ? messageIdOf(message) : undefined;
  } catch {
    return undefined;
  }
}

/** The same handler, with the ids of its event on every line of the log. They are looked for only where a line is written. */
export function withIds<Event extends IdentifiedEvent, Context extends Invocation, Result>(
  handler: (event: Event, context: Context) => Result,
  log: InvocationLog,
): (event: Event, context: Context) => Result {
  return (event, context) => {
    log.begin(() => idsOf(event, context ?? {}));
    return handler(event, context);
  };
}
