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
 * What a 410 means. API Gateway sometimes answers 410 for a living connection. So a 410 only counts if the connection is older than a
 * minute and `GET @connections` reports it gone too. If `GET` still lists it, the post is retried once.
 * @returns `unsure` if the message was not delivered, but the connection may be alive. @throws ConnectionError
 */
export async function afterGone(
  { connectionId, connectedAt }: ClientConnection,
  text: string,
  mode: DeliveryMode | undefined,
  { connections, clock }: Pick<DeliverDependencies, 'connections' | 'clock'>,
): Promise<'delivered' | 'unsure' | 'gone'> {
  if (await connections.isOpen(connectionId)) {
    return (await connections.post(connectionId, text, mode)) === 'delivered' ? 'delivered' : 'unsure';
  }
  return isConnecting(connectedAt, clock) ? 'unsure' : 'gone';
}

/** Posts once more after a 410 that `GET @connections` contradicts. */
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
    if ((await connections.post(connection.connectionId, text, mode)) === 'delivered') return 'delivered';
    const outcome = await afterGone(connection, text, mode, { connections, clock });
    if (outcome === 'gone') await markGone(connection);
    return outcome === 'delivered' ? 'delivered' : 'gone';
  };
}
