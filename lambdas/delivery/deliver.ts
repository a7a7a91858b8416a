/** Posts to an online client, and takes it offline if its connection is really gone. */
import type { ClientConnection, ClientStore } from '../ports/client-store';
import type { Connections, DeliveryMode } from '../ports/connections';
import type { Clock, Log } from '../ports/runtime';
import { isConnecting } from './connecting';

export interface DeliverDependencies {
  clients: ClientStore;
  connections: Connections;
  clock: Clock;
  log: Log;
}

export type Deliver = (
  connection: ClientConnection,
  text: string,
  mode?: DeliveryMode,
) => Promise<'delivered' | 'gone'>;

/**
 * API Gateway sometimes answers 410 for a living connection. So a 410 only counts if the connection is older than a minute and `GET
 * @connections` reports it gone too. If `GET` still lists it, the post is retried once.
 */
export function createDeliver({ clients, connections, clock, log }: DeliverDependencies): Deliver {
  async function markGone({ clientId, connectionId }: ClientConnection): Promise<void> {
    try {
      await clients.markGone(clientId, connectionId);
    } catch (error) {
      log.error('mark_gone_failed', error, { client_id: clientId }); // the record expires by itself
    }
  }

  /** @throws ConnectionError */
  return async function deliver(connection, text, mode) {
    const { connectionId, connectedAt } = connection;
    if ((await connections.post(connectionId, text, mode)) === 'delivered') return 'delivered';
    if (await connections.isOpen(connectionId)) return connections.post(connectionId, text, mode);
    if (!isConnecting(connectedAt, clock)) await markGone(connection);
    return 'gone';
  };
}
