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

/** Milliseconds until every authorizer knows the revocation. A second pass finds clients that were let in before. */
const ALL_KNOW = REVOCATIONS_MAX_AGE + 1_000;

export type RevokeDependencies = AnnounceDependencies &
  Pick<Dependencies, 'clients' | 'connections' | 'clock' | 'newId' | 'log'>;

export function create(dependencies: RevokeDependencies) {
  const { clients, clock, log } = dependencies;
  const close = createClose(dependencies);
  const announce = createAnnounce(dependencies);

  async function end(client: Client): Promise<void> {
    try {
      await close(client, 'revoked');
      if (await clients.disconnect(client.clientId, client.connectionId)) await announce.client(client.clientId);
    } catch (error) {
      log.error('revoked_stays_open', error, { client_id: client.clientId });
    }
  }

  async function endAll(found: readonly Client[]): Promise<void> {
    const waiting = found.values();
    async function worker(): Promise<void> {
      for (const client of waiting) await end(client);
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  /** Revoked clients of a page. */
  async function revokedOf(revocation: Revocation, clientIds: readonly string[]): Promise<Client[]> {
    return (await clients.getMany(clientIds)).filter((client) => isRevokedBy(revocation, client));
  }

  async function look(revocation: Revocation): Promise<number> {
    if (revocation.kind === 'client_id') {
      const found = await revokedOf(revocation, [revocation.value]);
      await endAll(found);
      return found.length;
    }
    const audience: Audience = revocation.kind === 'label' ? { kind: 'label', label: revocation.value } : EVERYBODY;
    let count = 0;
    let cursor: string | undefined;
    do {
      const page = await clients.list(audience, { limit: PAGE_SIZE, cursor });
      const found = await revokedOf(
        revocation,
        page.rows.map(({ clientId }) => clientId),
      );
      await endAll(found);
      count += found.length;
      cursor = page.cursor;
    } while (cursor !== undefined);
    return count;
  }

  return async function revoke({ revocation }: RevokeTask): Promise<void> {
    let closed = await look(revocation);
    await clock.sleep(ALL_KNOW);
    closed += await look(revocation);
    log.info('revoked', { kind: revocation.kind, closed });
  };
}
