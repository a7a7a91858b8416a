/** Calls that read: status, clients, history, broadcasts. */
import { summaryOf } from '../broadcasts/broadcast-summary';
import type { Broadcast } from '../ports/broadcast-store';
import type { ClientAudience } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { InvalidCursorError, type PageRequest } from '../ports/page';
import { isoTime } from '../ports/runtime';
import { MAX_COUNTED_LABELS } from '../protocol/limits';
import { isName } from '../protocol/names';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { bodyOfBroadcast, bodyOfClient, bodyOfClientTools, bodyOfRecord } from './bodies';
import { audienceOf, type Caller, forbidden, ownerOf } from './caller';
import { createHttpHandler, type Operations } from './http-handler';
import { clientNotFound, pageOrProblem } from './problems';

export type ReadDependencies = Pick<
  Dependencies,
  'clients' | 'clientTools' | 'history' | 'broadcasts' | 'readiness' | 'version' | 'startedAt' | 'clock' | 'log'
>;

export function create({
  clients,
  clientTools,
  history,
  broadcasts,
  readiness,
  version,
  startedAt,
  clock,
  log,
}: ReadDependencies) {
  /** A page of clients. All are counted for the first page alone: the cursor carries the count on. */
  async function pageOfClients(audience: ClientAudience, { limit, cursor }: PageRequest) {
    const from = cursor === undefined ? undefined : countedCursor(cursor);
    const [page, total] = await Promise.all([
      clients.list(audience, { limit, cursor: from?.cursor }),
      from?.total ?? clients.count(audience),
    ]);
    const rows = await clients.getMany(page.rows.map(({ clientId }) => clientId));
    return { rows, total, next: page.cursor === undefined ? undefined : `${total}.${page.cursor}` };
  }

  const operations: Operations<RouteKeyOf<'http/read'>> = {
    async 'GET /ready'() {
      const reason = await readiness();
      if (reason !== undefined) throw new Problem(reason, NOT_READY[reason]);
      return { body: { status: 'ready', timestamp: isoTime(clock.now()) } };
    },

    async 'GET /status'({ query, caller }) {
      const now = clock.now();
      const audience = audienceOf(caller);
      const labels = query.by === 'label' ? await clients.countLabels(audience) : undefined;
      return {
        body: {
          status: 'running',
          connected_clients: await clients.count(audience),
          ...(labels && { labels: mostFrequent(labels) }),
          server_time: isoTime(now),
          version,
          uptime_seconds: Math.floor((now - startedAt) / 1_000),
        },
      };
    },

    async 'GET /clients'({ query, caller }) {
      const { rows, total, next } = await pageOrProblem(pageOfClients(labelledAudience(caller, query.label), query));
      return { body: { clients: rows.map(bodyOfClient), total, next_cursor: next } };
    },

    async 'GET /clients/{client_id}'({ path }) {
      const { client_id: clientId } = path;
      const [client, tools] = await Promise.all([clients.get(clientId), clientTools.get(clientId)]);
      if (!client) throw clientNotFound();
      return { body: { ...bodyOfClient(client), ...(tools && { tools: bodyOfClientTools(tools) }) } };
    },

    async 'GET /clients/{client_id}/messages'({ path, query }) {
      if (!isName(path.client_id)) throw clientNotFound(); // the store has more than clients in the same table
      const { rows, cursor } = await pageOrProblem(history.page(path.client_id, query));
      // A client that has left still has its history; only an unknown one is not found.
      if (rows.length === 0 && !(await clients.get(path.client_id))) throw clientNotFound();
      return { body: { messages: rows.map(bodyOfRecord), next_cursor: cursor } };
    },

    async 'GET /broadcasts/{broadcast_id}'({ path, caller }) {
      const state = await broadcasts.get(path.broadcast_id);
      if (!state || !isOwnBroadcast(state.broadcast, caller)) {
        throw new Problem('broadcast_not_found', 'Unknown broadcast_id; use one that POST /broadcast returned.');
      }
      return { body: bodyOfBroadcast(summaryOf(state, clock.now())) };
    },
  };
  return createHttpHandler(operations, { clients, log });
}

/** @throws Problem where a key that is bound to an owner asks for another label: its clients' index is that of the owner */
function labelledAudience(caller: Caller, label: string | undefined): ClientAudience {
  const audience = audienceOf(caller);
  if (label === undefined) return audience;
  if (audience.kind === 'everybody') return { kind: 'label', label };
  if (audience.kind === 'owner' && audience.label === label) return audience;
  throw forbidden('label: a key that is bound to labels lists the clients of its first label alone.');
}

/** An owner's broadcasts are those to its groups that it sent itself. */
function isOwnBroadcast({ audience }: Broadcast, caller: Caller): boolean {
  const owner = ownerOf(caller);
  return owner === undefined || (audience.kind === 'group' && audience.owner === owner);
}

function mostFrequent(counts: Map<string, number>): Record<string, number> {
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return Object.fromEntries(sorted.slice(0, MAX_COUNTED_LABELS));
}

const NOT_READY = {
  draining: 'The server is about to stop. It serves the clients that it has, and takes no new ones.',
  connections_full: 'The server has as many connections as MAX_CONNECTIONS allows.',
} as const;

/** @throws InvalidCursorError */
function countedCursor(text: string): { total: number; cursor: string } {
  const [, total, cursor] = /^(\d{1,12})\.(.+)$/s.exec(text) ?? [];
  if (total === undefined || cursor === undefined) throw new InvalidCursorError();
  return { total: Number(total), cursor };
}
