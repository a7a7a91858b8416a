/** Waiting until a client has acknowledged a push. */
import type { Dependencies } from '../ports/dependencies';
import type { Position } from '../protocol/position';

/** Milliseconds before the second look, and before each later one at most. A look is one read. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1_000;

/**
 * @param until  milliseconds since 1970
 * @returns false where the client has not acknowledged it by then, or is gone
 */
export type Acknowledged = (clientId: string, position: Position, until: number) => Promise<boolean>;

export function createAcknowledged({ clients, clock }: Pick<Dependencies, 'clients' | 'clock'>): Acknowledged {
  return async function acknowledged(clientId, { epoch, seq }, until) {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const client = await clients.get(clientId);
      if (client?.position.epoch !== epoch) return false;
      if (client.ackedSeq >= seq) return true;
      const left = until - clock.now();
      if (left <= 0) return false;
      await clock.sleep(Math.min(pause, left));
    }
  };
}
