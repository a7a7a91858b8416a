/** $disconnect: ends the session, unless a newer connection of the same client has taken it over. */
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { type ConnectionEvent, emptyResult, peerFromEvent } from '../gateway/websocket-event';
import type { Clock, Log } from '../runtime';
import type { SessionStore } from '../sessions/session-store';

export interface DisconnectDependencies {
  sessions: SessionStore;
  clock: Clock;
  log: Log;
}

/** What a $disconnect event says beside whose it is. */
export interface DisconnectEvent extends ConnectionEvent {
  requestContext: ConnectionEvent['requestContext'] & {
    connectedAt?: number;
    disconnectStatusCode?: number;
  };
}

export function createDisconnect({ sessions, clock, log }: DisconnectDependencies) {
  return async function disconnect(event: DisconnectEvent): Promise<APIGatewayProxyResultV2> {
    const { clientId, connectionId } = peerFromEvent(event);
    const { connectedAt = clock.now(), disconnectStatusCode } = event.requestContext;
    await sessions.close(clientId, connectionId);
    log.info('disconnected', {
      client_id: clientId,
      code: disconnectStatusCode,
      seconds: Math.round((clock.now() - connectedAt) / 1_000),
    });
    return emptyResult();
  };
}
