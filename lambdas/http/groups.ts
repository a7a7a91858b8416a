/** HTTP calls about groups: list groups and members, add and remove members. */
import type { Dependencies } from '../ports/dependencies';
import { MAX_GROUPS, type Member, ownerFrom } from '../ports/group-store';
import { type AnnounceDependencies, createAnnounce } from '../presence/announce';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { type Caller, ownerOf, ownPrefixOf } from './caller';
import { createHttpHandler, type Operations } from './http-handler';
import { pageOrProblem } from './problems';

export type GroupsDependencies = AnnounceDependencies &
  Pick<Dependencies, 'clients' | 'history' | 'accessControl' | 'clock' | 'newId'>;

export function create(dependencies: GroupsDependencies) {
  const { clients, groups } = dependencies;
  const announce = createAnnounce(dependencies);

  /** Removes clients of other owners, which the team can add to an owner's group. */
  async function ownMembers(members: Member[], caller: Caller): Promise<Member[]> {
    const owner = ownerOf(caller);
    if (owner === undefined) return members;
    const labels = await Promise.all(members.map(({ clientId }) => clients.labelsOf(clientId)));
    return members.filter((_, at) => labels[at]?.[0] === owner);
  }

  const operations: Operations<RouteKeyOf<'http/groups'>> = {
    async 'GET /groups'({ query, caller }) {
      const { rows, cursor } = await pageOrProblem(groups.list(query, ownPrefixOf(caller)));
      return { body: { groups: rows, next_cursor: cursor } };
    },

    async 'GET /groups/{group}/clients'({ path, query, caller }) {
      const { rows, cursor } = await pageOrProblem(groups.members(path.group, query));
      const online = await clients.getMany(rows.map(({ clientId }) => clientId));
      const ids = new Set(online.map(({ clientId }) => clientId));
      const members = (await ownMembers(rows, caller)).map(({ clientId, joinedAt }) => ({
        client_id: clientId,
        online: ids.has(clientId),
        joined_at: joinedAt,
      }));
      return { body: { clients: members, next_cursor: cursor } };
    },

    async 'PUT /groups/{group}/clients/{client_id}'({ path: { group, client_id: clientId } }) {
      const refused = await groups.join(clientId, [group], ownerFrom(await clients.labelsOf(clientId)));
      if (refused.length > 0) {
        throw new Problem(
          'too_many_groups',
          `The client is in ${MAX_GROUPS} groups already, or the server has no room for more memberships; end some first.`,
        );
      }
      await announce.member(clientId, [group], 'member');
      return { status: 204, body: undefined };
    },

    async 'DELETE /groups/{group}/clients/{client_id}'({ path: { group, client_id: clientId } }) {
      if (await groups.leave(clientId, group)) await announce.member(clientId, [group], 'left');
      return { status: 204, body: undefined };
    },
  };
  return createHttpHandler(operations, dependencies);
}
