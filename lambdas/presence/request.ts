/** The presence-request task: answers a client's presence requests, outside the function that handles every message. */
import type { ClientConnection } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import type { Member } from '../ports/group-store';
import { InvalidCursorError } from '../ports/page';
import type { PresenceChange } from '../ports/presence-store';
import { isoTime } from '../ports/runtime';
import type { Task } from '../ports/tasks';
import { encode, frameOf, invalidMessage } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import {
  errorMessage,
  type PresenceSnapshot,
  presenceSnapshot,
  presenceUnwatched,
  type ServerMessage,
} from '../protocol/server-messages';
import { type AnnounceDependencies, createAnnounce } from './announce';

/** A client watches or unwatches a group, or joined or left it. The group may be watched. */
export interface PresenceRequestTask extends Task {
  task: 'presence_request';
  group: string;
  clientId: string;
  request:
    | { kind: 'watch'; limit: number; cursor?: string; from: Asker }
    | { kind: 'unwatch'; from: Asker }
    | { kind: 'changed'; change: PresenceChange };
}

/** The connection that gets the answer. */
export interface Asker extends Pick<ClientConnection, 'connectionId' | 'owner'> {
  /** Id of the client's message. */
  messageId?: string;
}

export type PresenceRequestDependencies = AnnounceDependencies &
  Pick<Dependencies, 'clients' | 'connections' | 'clock' | 'newId'>;

export function create(dependencies: PresenceRequestDependencies) {
  const { clients, groups, presence, connections, clock, newId, log } = dependencies;
  const announce = createAnnounce(dependencies);

  /** Whether the members of a page are online, without clients of other owners. */
  async function standingOf(members: readonly Member[], owner: string | undefined) {
    const online = new Set((await clients.getMany(members.map(({ clientId }) => clientId))).map((one) => one.clientId));
    const all = members.map(({ clientId }) => ({ clientId, online: online.has(clientId) }));
    if (owner === undefined) return all;
    const labels = await Promise.all(all.map(({ clientId }) => clients.labelsOf(clientId)));
    return all.filter((_, at) => labels[at]?.[0] === owner);
  }

  /** @throws ProtocolError */
  async function watch(
    { group, clientId }: PresenceRequestTask,
    limit: number,
    from: string | undefined,
    { connectionId, owner }: Asker,
  ): Promise<PresenceSnapshot> {
    const own = await groups.groupsOf(clientId);
    if (!own.some((one) => one.group === group)) throw wrong('group', 'the client is not in this group');
    const mark = { clientId, connectionId, ...(owner !== undefined && { owner }) };
    // Before the members are read, so that the client also gets changes in between.
    const watching = from === undefined ? await presence.watch(group, mark) : true;
    const { rows, cursor } = await groups.members(group, { limit, cursor: from }).catch((error) => {
      throw error instanceof InvalidCursorError ? wrong('cursor', 'this is not a cursor of a snapshot') : error;
    });
    const more = cursor === undefined ? {} : { cursor };
    const clientsNow = await standingOf(rows, owner);
    if (from !== undefined) return { group, clients: clientsNow, watching, ...more };
    const members = cursor === undefined ? rows.length : await groups.count(group);
    return { group, clients: clientsNow, members, watching, ...more };
  }

  async function answer(message: ServerMessage, { connectionId, messageId }: Asker): Promise<void> {
    const frame = frameOf(message, newId(), isoTime(clock.now()), messageId);
    await connections.post(connectionId, encode(frame));
  }

  return async function presenceRequest(task: PresenceRequestTask): Promise<void> {
    const { group, clientId, request } = task;
    if (request.kind === 'changed') return announce.member(clientId, [group], request.change);
    try {
      if (request.kind === 'unwatch') {
        await presence.unwatch(group, clientId);
        return await answer(presenceUnwatched(group), request.from);
      }
      const snapshot = await watch(task, request.limit, request.cursor, request.from);
      return await answer(presenceSnapshot(snapshot), request.from);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      log.debug('presence_refused', { client_id: clientId });
      await answer(errorMessage(error), request.from);
    }
  };
}

function wrong(field: string, reason: string) {
  return invalidMessage([{ path: `data.${field}`, message: `Not allowed: ${reason}` }]);
}
