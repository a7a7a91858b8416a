/** Handles one message: selects the route, builds the event, calls the handler, and sends the answer. */
import type { GatewayClock } from './clock';
import type { HandlerResult, PromisedHandler } from './handler';
import type { Integration } from './integration';
import type { LiveConnection } from './live-connection';
import type { RouteSelector } from './route-selection';
import type { Throttle } from './throttle';
import { type MessageEvent, messageEvent } from './websocket-events';

/** Milliseconds that a WebSocket API waits for a Lambda function: its integration timeout. */
export const INTEGRATION_TIMEOUT = 29_000;

/** The platform's own error messages, verbatim. */
const PLATFORM_SAYS = {
  noRoute: 'Forbidden',
  throttled: 'Too Many Requests',
  failed: 'Internal server error',
  'timed out': 'Endpoint request timed out',
} as const;

export interface ReceiverOptions {
  routes: ReadonlyMap<string, PromisedHandler<MessageEvent>>;
  select: RouteSelector;
  /** Keys of the routes with a route response: their handlers' results are sent to the client. */
  routeResponses: ReadonlySet<string>;
  integration: Integration;
  throttle: Throttle;
  clock: GatewayClock;
}

export function createReceiver({ routes, select, routeResponses, integration, throttle, clock }: ReceiverOptions) {
  const { now, monotonic } = clock;
  return async function receive(connection: LiveConnection, body: string): Promise<void> {
    const routeKey = select(body);
    const event = messageEvent(connection.facts, routeKey ?? '$default', body, now());
    const at = monotonic();
    connection.isActive(at);
    const handler = routeKey === undefined ? undefined : routes.get(routeKey);
    if (routeKey === undefined || !handler) return tell(connection, event, 'noRoute');
    if (!throttle()) return tell(connection, event, 'throttled');
    connection.messageStarts();
    const outcome = await integration.invoke(routeKey, handler, event, INTEGRATION_TIMEOUT, at);
    if (typeof outcome === 'string') tell(connection, event, outcome);
    else if (routeResponses.has(routeKey)) {
      const reply = bodyOf(outcome.result);
      if (reply !== undefined) connection.send(reply);
    }
    connection.messageEnds();
  };
}

function tell(connection: LiveConnection, event: MessageEvent, reason: keyof typeof PLATFORM_SAYS): void {
  const { connectionId, requestId } = event.requestContext;
  connection.send(JSON.stringify({ message: PLATFORM_SAYS[reason], connectionId, requestId }));
}

/** Only text can be sent; a handler without type checks can return anything. */
function bodyOf(result: HandlerResult): string | undefined {
  const body: unknown = typeof result === 'object' ? result?.body : result;
  return typeof body === 'string' ? body : undefined;
}
