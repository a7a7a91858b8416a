/** $disconnect: takes the client offline, unless a newer connection has taken over. */
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import type { Dependencies } from '../ports/dependencies';
import { type AnnounceDependencies, createAnnounce } from '../presence/announce';
import { type ConnectionEvent, connectionFromEvent } from './connection-event';
import type { EndSessionTask } from './end-session';

/** Fields of a $disconnect event besides the client's identity. */
export interface DisconnectEvent extends ConnectionEvent {
  requestContext: ConnectionEvent['requestContext'] & { disconnectStatusCode?: number };
}

export type DisconnectDependencies = AnnounceDependencies & Pick<Dependencies, 'clients' | 'tasks' | 'clock' | 'log'>;

export function create(dependencies: DisconnectDependencies) {
  const { clients, tasks, clock, log } = dependencies;
  const announce = createAnnounce(dependencies);

  return async function disconnect(event: DisconnectEvent): Promise<APIGatewayProxyResultV2> {
    const { clientId, connectionId } = connectionFromEvent(event);
    const { connectedAt, disconnectStatusCode } = event.requestContext;
    try {
      if (await clients.disconnect(clientId, connectionId)) await announce.client(clientId);
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
