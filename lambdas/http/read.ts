/** Calls that read: status, clients, history, broadcasts. */
import { summaryOf } from '../broadcasts/broadcast-summary';
import type { Broadcast } from '../ports/broadcast-store';
import type { Audience } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import type { Membership } from '../ports/group-store';
import { isoTime } from '../ports/runtime';
import { MAX_COUNTED_NAMES } from '../protocol/limits';
import { isName } from '../protocol/names';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { bodyOfBroadcast, bodyOfClient, bodyOfClientTools, bodyOfRecord } from './bodies';
import { assertOwnGroups, audienceOf, type Caller, forbidden, groupAudience, ownerOf, ownGroups } from './caller';
import { createClientPages } from './client-pages';
import { countGroups } from './group-counts';
import { createHttpHandler, type Operations } from './http-handler';
import { invalidRequest } from './json-body';
import { clientNotFound, pageOrProblem } from './problems';

export type ReadDependencies = Pick<
  Dependencies,
  | 'clients'
  | 'groups'
  | 'clientTools'
  | 'history'
  | 'broadcasts'
  | 'readiness'
  | 'version'
  | 'startedAt'
  | 'connectionLimits'
  | 'accessControl'
  | 'clock'
  | 'log'
>;

export function create(dependencies: ReadDependencies) {
  const { clients, groups, clientTools, history, broadcasts, readiness, version, startedAt } = dependencies;
  const { connectionLimits, accessControl, clock, log } = dependencies;
  const pageOfClients = createClientPages({ clients, groups });

  const operations: Operations<RouteKeyOf<'http/read'>> = {
    async 'GET /ready'() {
      const reason = await readiness();
      if (reason !== undefined) throw new Problem(reason, NOT_READY[reason]);
      return { body: { status: 'ready', timestamp: isoTime(clock.now()) } };
    },

    async 'GET /status'({ query, caller }) {
      const now = clock.now();
      const audience = audienceOf(caller);
      const labels = query.by === 'label' && mostFrequent(await clients.countLabels(audience));
      const inGroups = query.by === 'group' && mostFrequent(await countGroups(dependencies, caller));
      return {
        body: {
          status: 'running',
          connected_clients: await clients.count(audience),
          ...(labels && { labels }),
          ...(inGroups && { groups: inGroups }),
          server_time: isoTime(now),
          version,
          uptime_seconds: Math.floor((now - startedAt) / 1_000),
          heartbeat_seconds: connectionLimits.heartbeatSeconds,
        },
      };
    },

    async 'GET /clients'({ query, caller }) {
      const { rows, total, cursor } = await pageOrProblem(pageOfClients(audienceFor(caller, query), query));
      return { body: { clients: rows.map(bodyOfClient), total, next_cursor: cursor } };
    },

    async 'GET /clients/{client_id}'({ path, caller }) {
      const { client_id: clientId } = path;
      const [client, tools, memberships] = await Promise.all([
        clients.get(clientId),
        clientTools.get(clientId),
        groups.groupsOf(clientId),
      ]);
      if (!client) throw clientNotFound();
      const named = groupNames(caller, memberships);
      return {
        body: {
          ...bodyOfClient(client),
          ...(named.length > 0 && { groups: named }),
          ...(tools && { tools: bodyOfClientTools(tools) }),
        },
      };
    },

    async 'GET /clients/{client_id}/messages'({ path, query, caller }) {
      if (!isName(path.client_id)) throw clientNotFound(); // the table also has partitions that are not clients
      const [{ rows, cursor }, labels, memberships] = await Promise.all([
        pageOrProblem(history.page(path.client_id, query)),
        clients.labelsOf(path.client_id),
        groups.groupsOf(path.client_id),
      ]);
      // A client that left still has its history, so only an unknown client is a 404.
      if (rows.length === 0 && labels === undefined) throw clientNotFound();
      const named = groupNames(caller, memberships);
      return {
        body: {
          messages: rows.map(bodyOfRecord),
          ...(labels?.length && { labels: [...labels] }),
          ...(named.length > 0 && { groups: named }),
          next_cursor: cursor,
        },
      };
    },

    async 'GET /broadcasts/{broadcast_id}'({ path, caller }) {
      const state = await broadcasts.get(path.broadcast_id);
      if (!state || !isOwnBroadcast(state.broadcast, caller)) {
        throw new Problem('broadcast_not_found', 'Unknown broadcast_id; use one that POST /broadcast returned.');
      }
      return { body: bodyOfBroadcast(summaryOf(state, clock.now())) };
    },
  };
  return createHttpHandler(operations, { clients, accessControl, log });
}

/** The client's groups that the caller may see, sorted. */
function groupNames(caller: Caller, memberships: readonly Membership[]): string[] {
  return ownGroups(
    caller,
    memberships.map(({ group }) => group),
  ).sort();
}

/**
 * @throws Problem if a key that is bound to an owner asks for another owner's group or for another label: it can only list its owner's
 * clients
 */
function audienceFor(
  caller: Caller,
  { label, group }: { label?: string | undefined; group?: string | undefined },
): Audience {
  const audience = audienceOf(caller);
  if (group !== undefined) {
    if (label !== undefined)
      throw invalidRequest([{ path: 'query.group', message: 'Invalid input: expected label or group, not both' }]);
    assertOwnGroups(caller, 'group', [group]);
    return groupAudience(caller, group);
  }
  if (label === undefined) return audience;
  if (audience.kind === 'everybody') return { kind: 'label', label };
  if (audience.kind === 'owner' && audience.label === label) return audience;
  throw forbidden('label: a key that is bound to labels can only list clients with its first label.');
}

/** An owner sees only broadcasts that it sent to its own groups. */
function isOwnBroadcast({ audience }: Broadcast, caller: Caller): boolean {
  const owner = ownerOf(caller);
  return owner === undefined || (audience.kind === 'group' && audience.owner === owner);
}

function mostFrequent(counts: Map<string, number>): Record<string, number> {
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return Object.fromEntries(sorted.slice(0, MAX_COUNTED_NAMES));
}

const NOT_READY = {
  draining: 'The server is about to stop. It serves the clients that it has, and takes no new ones.',
  connections_full: 'The server is at its connection limit, MAX_CONNECTIONS.',
} as const;
