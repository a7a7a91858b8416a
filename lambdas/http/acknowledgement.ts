/** Waits until a client has acknowledged a push. */
import { pollUntil } from '../delivery/poll';
import type { Dependencies } from '../ports/dependencies';
import type { Position } from '../protocol/position';

/**
 * @param until  milliseconds since 1970
 * @returns false if the client has not acknowledged by then, or is gone
 */
export type Acknowledged = (clientId: string, position: Position, until: number) => Promise<boolean>;

export function createAcknowledged({ clients, clock }: Pick<Dependencies, 'clients' | 'clock'>): Acknowledged {
  return async function acknowledged(clientId, { epoch, seq }, until) {
    let isAcknowledged = false;
    await pollUntil(clock, until, async () => {
      const client = await clients.get(clientId);
      if (client?.position.epoch !== epoch) return true;
      isAcknowledged = client.ackedSeq >= seq;
      return isAcknowledged;
    });
    return isAcknowledged;
  };
}
