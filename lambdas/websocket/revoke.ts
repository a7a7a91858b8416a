/** The revoke task: closes the connections of clients whose tokens were revoked. */
import { isRevokedBy, REVOCATIONS_MAX_AGE, type Revocation, type RevokeTask } from '../access/revocations';
import { createClose } from '../delivery/close';
import { type Audience, type Client, EVERYBODY } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { type AnnounceDependencies, createAnnounce } from '../presence/announce';

/** Clients per page. */
const PAGE_SIZE = 500;

/** Connections closed in parallel: the number of the SDK's sockets. */
const CONCURRENCY = 50;

/** Milliseconds after which every authorizer knows a revocation. A second pass finds clients that were let in before. */
const ALL_KNOW = REVOCATIONS_MAX_AGE + 1_000;

interface Outcome {
  closed: number;
  /** May still be connected. */
  stayed: number;
}

export type RevokeDependencies = AnnounceDependencies &
  Pick<Dependencies, 'clients' | 'connections' | 'clock' | 'newId' | 'log'>;

export function create(dependencies: RevokeDependencies) {
  const { clients, clock, log } = dependencies;
  const close = createClose(dependencies);
  const announce = createAnnounce(dependencies);

  /** @returns false if the client may still be connected */
  async function end(client: Client): Promise<boolean> {
    try {
      await close(client, 'revoked');
      if (await clients.disconnect(client.clientId, client.connectionId)) await announce.client(client.clientId);
      return true;
    } catch (error) {
      log.error('revoked_stays_open', error, { client_id: client.clientId });
      return false;
    }
  }

  async function endAll(found: readonly Client[]): Promise<Outcome> {
    const waiting = found.values();
    const outcome = { closed: 0, stayed: 0 };
    async function worker(): Promise<void> {
      for (const client of waiting) outcome[(await end(client)) ? 'closed' : 'stayed'] += 1;
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return outcome;
  }

  /** Revoked clients of a page. */
  async function revokedOf(revocation: Revocation, clientIds: readonly string[]): Promise<Client[]> {
    return (await clients.getMany(clientIds)).filter((client) => isRevokedBy(revocation, client));
  }

  async function look(revocation: Revocation): Promise<Outcome> {
    if (revocation.kind === 'client_id') return endAll(await revokedOf(revocation, [revocation.value]));
    const audience: Audience = revocation.kind === 'label' ? { kind: 'label', label: revocation.value } : EVERYBODY;
    const sum = { closed: 0, stayed: 0 };
    let cursor: string | undefined;
    do {
      const page = await clients.list(audience, { limit: PAGE_SIZE, cursor });
      const found = await revokedOf(
        revocation,
        page.rows.map(({ clientId }) => clientId),
      );
      const { closed, stayed } = await endAll(found);
      sum.closed += closed;
      sum.stayed += stayed;
      cursor = page.cursor;
    } while (cursor !== undefined);
    return sum;
  }

  return async function revoke({ revocation }: RevokeTask): Promise<void> {
    const allKnowAt = clock.now() + ALL_KNOW; // it is stored by now
    const first = await look(revocation);
    await clock.sleep(Math.max(0, allKnowAt - clock.now()));
    const second = await look(revocation);
    log.info('revoked', { kind: revocation.kind, closed: first.closed + second.closed });
    // So that the task is retried.
    if (second.stayed > 0) throw new Error(`${second.stayed} revoked clients may still be connected`);
  };
}
