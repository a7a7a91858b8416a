/** HTTP calls that reach clients: send, broadcast, disconnect. */
import { createBroadcast } from '../broadcasts/broadcast';
import { createClose } from '../delivery/close';
import { type Audience, EVERYBODY } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { type AnnounceDependencies, createAnnounce } from '../presence/announce';
import { frameOf } from '../protocol/codec';
import { newBroadcastPosition } from '../protocol/position';
import { pushedChatMessage, type ServerMessage } from '../protocol/server-messages';
import type { RouteKeyOf } from '../routes';
import { bodyOfResults } from './bodies';
import { groupAudience } from './caller';
import { createHttpHandler, type Operations } from './http-handler';
import type { KeyedIds } from './idempotency';
import { appliedWait, waitFrom } from './prefer';
import { clientNotFound, encodeOrProblem, postProblem } from './problems';
import { createPushToClient, type PushOptions } from './push-to-client';
import { createPushToMany } from './push-to-many';

export type PushDependencies = AnnounceDependencies &
  Pick<
    Dependencies,
    'clients' | 'history' | 'broadcasts' | 'answers' | 'connections' | 'accessControl' | 'clock' | 'newId'
  >;

export function create(dependencies: PushDependencies) {
  const { clients, clock, newId } = dependencies;
  const broadcast = createBroadcast(dependencies);
  const pushToClient = createPushToClient(dependencies);
  const pushToMany = createPushToMany(pushToClient, dependencies);
  const close = createClose(dependencies);
  const announce = createAnnounce(dependencies);

  async function sendToOne(clientId: string, message: ServerMessage, options: PushOptions) {
    const { messageId, delivery } = await pushToClient(clientId, message, options);
    if (delivery === 'held') {
      return { status: 202, body: { status: 'held' as const, message_id: messageId, delivery } };
    }
    const sentence = `Message sent to client ${clientId}`;
    return {
      headers: appliedWait(options.waitSeconds),
      body: { status: 'success' as const, message: sentence, message_id: messageId, delivery },
    };
  }

  async function sendToAll(audience: Audience, message: ServerMessage, ids?: KeyedIds) {
    const position = newBroadcastPosition(clock.now());
    const group = audience.kind === 'group' && { group: audience.group };
    const frame = { ...frameOf(message, ids?.() ?? newId(), isoTime(clock.now())), broadcast: position, ...group };
    const text = encodeOrProblem(frame);
    const { broadcastId, counts } = await broadcast({ frame, text }, position, audience);
    const sent = { message_id: frame.message_id, broadcast_id: broadcastId };
    if (!counts) return { status: 202, body: { status: 'accepted' as const, ...sent } };
    const { recipients, delivered, gone } = counts;
    const sentence = `Broadcast sent to ${delivered} of ${recipients} clients`;
    return { body: { status: 'success' as const, message: sentence, ...sent, recipients, delivered, gone } };
  }

  const operations: Operations<RouteKeyOf<'http/push'>> = {
    async 'POST /send_message'(
      { body: { client_id: clientId, content, hold_seconds: holdSeconds }, ids },
      { headers },
    ) {
      const waitSeconds = waitFrom(headers?.prefer);
      return sendToOne(clientId, pushedChatMessage(content), { messageId: ids?.(), holdSeconds, waitSeconds });
    },

    async 'POST /clients/{client_id}/messages'(
      { path, body: { message, hold_seconds: holdSeconds }, ids },
      { headers },
    ) {
      const waitSeconds = waitFrom(headers?.prefer);
      return sendToOne(path.client_id, message, { messageId: ids?.(), holdSeconds, waitSeconds });
    },

    async 'POST /messages'({ body: { message, client_ids: clientIds, hold_seconds: holdSeconds }, ids }) {
      return { body: bodyOfResults(await pushToMany(clientIds, message, { holdSeconds }, ids)) };
    },

    async 'POST /broadcast'({ body: { message_type: type, data }, ids }) {
      return sendToAll(EVERYBODY, { type, data: data ?? {} }, ids);
    },

    async 'POST /groups/{group}/messages'({ path: { group }, body: { message }, caller, ids }) {
      return sendToAll(groupAudience(caller, group), message, ids);
    },

    async 'DELETE /clients/{client_id}'({ path: { client_id: clientId } }) {
      const client = await clients.get(clientId);
      if (!client) throw clientNotFound();
      try {
        await close(client, 'removed');
      } catch (error) {
        throw postProblem(error);
      }
      if (await clients.disconnect(clientId, client.connectionId)) await announce.client(clientId);
      return { status: 204, body: undefined };
    },
  };
  return createHttpHandler(operations, dependencies);
}
