/** $connect: brings the client online and starts its greeting. Runs before the handshake completes. */
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { type ClientConnection, NotOwnedError } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { type Membership, ownerFrom } from '../ports/group-store';
import type { LogFields } from '../ports/runtime';
import { type AnnounceDependencies, createAnnounce } from '../presence/announce';
import { SUBPROTOCOL } from '../protocol/subprotocol';
import { type ConnectionEvent, connectionFromEvent, resumeTokenFromEvent } from './connection-event';
import type { EndSessionTask } from './end-session';
import { type HandshakeEvent, offeredSubprotocols } from './subprotocols';
import type { WelcomeTask } from './welcome';

export type ConnectEvent = ConnectionEvent & HandshakeEvent & { requestContext: { identity?: { sourceIp: string } } };

export type ConnectDependencies = AnnounceDependencies & Pick<Dependencies, 'clients' | 'tasks' | 'log'>;

/** An error refuses the handshake: API Gateway answers 502. */
export function create(dependencies: ConnectDependencies) {
  const { clients, groups, tasks, log } = dependencies;
  const announce = createAnnounce(dependencies);

  /**
   * Joins the groups in the client's token. Costs one read if the client is already in them, as after a reconnect. Leaves groups that a
   * client of another owner joined under this id before it was forgotten.
   */
  async function joinGroups({ clientId, groups: named = [], labels, owner }: ClientConnection): Promise<void> {
    if (named.length === 0 && owner === undefined) return;
    const memberships = await groups.groupsOf(clientId);
    const isOfAnother = (one: Membership) => owner !== undefined && (one.owner ?? owner) !== owner;
    const left = memberships.filter(isOfAnother);
    await Promise.all(left.map(({ group }) => groups.leave(clientId, group)));
    const namesLeft = left.map(({ group }) => group);
    await announce.member(clientId, namesLeft, 'left');
    const known = new Set(memberships.filter((one) => !left.includes(one)).map(({ group }) => group));
    const missing = named.filter((group) => !known.has(group));
    const refused = missing.length === 0 ? [] : await groups.join(clientId, missing, ownerFrom(labels));
    if (refused.length > 0) log.info('groups_refused', { client_id: clientId, groups: refused.length });
  }

  return async function connect(event: ConnectEvent): Promise<APIGatewayProxyResultV2> {
    const connection = connectionFromEvent(event);
    const { clientId, connectionId, connectedAt } = connection;
    const resumeToken = resumeTokenFromEvent(event);
    try {
      const { replaced, position } = await clients.connect(connection);
      await joinGroups(connection); // after connect: a token that is refused must not join groups
      await tasks.start<WelcomeTask>({
        task: 'welcome',
        clientId,
        connectionId,
        connectedAt,
        position,
        ...(resumeToken !== undefined && { resumeToken }),
        ...(replaced && { replaced }),
      });
      await announce.client(clientId);
    } catch (error) {
      if (error instanceof NotOwnedError) {
        log.info('connection_refused', { reason: 'not_owned', client_id: clientId });
        return { statusCode: 403 };
      }
      // The write may have succeeded with a lost response: then the client would be listed without a connection.
      await tasks.start<EndSessionTask>({ task: 'end_session', clientId, connectionId }).catch(() => {});
      throw error;
    }
    log.info('connected', { client_id: clientId, ...peerOf(event) });
    if (!offeredSubprotocols(event).includes(SUBPROTOCOL)) return { statusCode: 200 };
    return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } };
  };
}

/** The client's address and protocol, as reported by a trusted proxy if there is one. */
function peerOf({ requestContext, multiValueHeaders }: ConnectEvent): LogFields {
  const forwarded = Object.entries(multiValueHeaders ?? {}).find(
    ([name]) => name.toLowerCase() === 'x-forwarded-proto',
  );
  return { source_ip: requestContext.identity?.sourceIp, protocol: forwarded?.[1]?.at(-1) };
}
