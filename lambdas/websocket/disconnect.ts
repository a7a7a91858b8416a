/** $disconnect: takes the client offline, unless a newer connection has taken over. */
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import type { Dependencies } from '../ports/dependencies';
import { type ConnectionEvent, connectionFromEvent } from './connection-event';
import type { EndSessionTask } from './end-session';

/** Fields of a $disconnect event besides the client's identity. */
export interface DisconnectEvent extends ConnectionEvent {
  requestContext: ConnectionEvent['requestContext'] & { disconnectStatusCode?: number };
}

export function create({ clients, tasks, clock, log }: Pick<Dependencies, 'clients' | 'tasks' | 'clock' | 'log'>) {
  return async function disconnect(event: DisconnectEvent): Promise<APIGatewayProxyResultV2> {
    const { clientId, connectionId } = connectionFromEvent(event);
    const { connectedAt, disconnectStatusCode } = event.requestContext;
    try {
      await clients.disconnect(clientId, connectionId);
    } catch (error) {
      // The platform does not retry a $disconnect.
      log.error('disconnect_failed', error, { client_id: clientId });
      await tasks.start<EndSessionTask>({ task: 'end_session', clientId, connectionId });
    }
    log.info('disconnected', {
      client_id: clientId,
      code: disconnectStatusCode,
      seconds: Math.round((clock.now() - connectedAt) / 1_000),
    });
    return { statusCode: 200 };
  };
}
