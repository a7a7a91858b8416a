/** Calls that reach clients: send, call a tool, broadcast, disconnect. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createBroadcast } from '../broadcasts/broadcast';
import { createClose } from '../delivery/close';
import { EVERYBODY } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { frameOf } from '../protocol/codec';
import { newBroadcastPosition } from '../protocol/position';
import { pushedChatMessage, pushedToolCall, type ServerMessage } from '../protocol/server-messages';
import type { RouteKeyOf } from '../routes';
import { createHttpHandler, type HttpAnswer, type Operations } from './http-handler';
import { waitFrom } from './prefer';
import { clientNotFound, encodeOrProblem, postProblem } from './problems';
import { createPushToClient } from './push-to-client';

export type PushDependencies = Pick<
  Dependencies,
  'clients' | 'history' | 'broadcasts' | 'answers' | 'connections' | 'tasks' | 'clock' | 'newId' | 'log'
>;

/** What both calls to one client have in their bodies. */
interface PushBody {
  client_id: string;
  hold_seconds?: number | null | undefined;
}

export function create(dependencies: PushDependencies) {
  const { clients, answers, clock, newId, log } = dependencies;
  const broadcast = createBroadcast(dependencies);
  const pushToClient = createPushToClient(dependencies);
  const close = createClose(dependencies);

  /** @param sentence  says to people what was done */
  async function push(
    { client_id: clientId, hold_seconds: holdSeconds }: PushBody,
    { headers }: Pick<APIGatewayProxyEventV2, 'headers'>,
    message: ServerMessage,
    sentence: string,
  ): Promise<HttpAnswer<'POST /send_message' | 'POST /call_tool'>> {
    const waitSeconds = waitFrom(headers?.prefer);
    const { messageId, delivery } = await pushToClient(clientId, message, { holdSeconds, waitSeconds });
    if (delivery === 'held') return { status: 202, body: { status: 'held', message_id: messageId, delivery } };
    return {
      headers: waitSeconds === undefined ? {} : { 'preference-applied': `wait=${waitSeconds}` },
      body: { status: 'success', message: sentence, message_id: messageId, delivery },
    };
  }

  const operations: Operations<RouteKeyOf<'http/push'>> = {
    async 'POST /send_message'({ body }, event) {
      return push(body, event, pushedChatMessage(body.content), `Message sent to client ${body.client_id}`);
    },

    async 'POST /call_tool'({ body }, event) {
      const message = pushedToolCall(body.tool_name, body.params ?? {});
      return push(body, event, message, `Tool called on client ${body.client_id}`);
    },

    async 'POST /broadcast'({ body: { message_type: type, data } }) {
      const position = newBroadcastPosition(clock.now());
      const frame = { ...frameOf({ type, data: data ?? {} }, newId(), isoTime(clock.now())), broadcast: position };
      const text = encodeOrProblem(frame);
      const { broadcastId, counts } = await broadcast({ frame, text }, position, EVERYBODY);
      const ids = { message_id: frame.message_id, broadcast_id: broadcastId };
      if (!counts) return { status: 202, body: { status: 'accepted', ...ids } };
      const { recipients, delivered, gone } = counts;
      const message = `Broadcast sent to ${delivered} of ${recipients} clients`;
      return { body: { status: 'success', message, ...ids, recipients, delivered, gone } };
    },

    async 'DELETE /clients/{client_id}'({ path: { client_id: clientId } }) {
      const client = await clients.get(clientId);
      if (!client) throw clientNotFound();
      try {
        await close(client, 'removed');
      } catch (error) {
        throw postProblem(error);
      }
      await clients.disconnect(clientId, client.connectionId);
      return { status: 204, body: undefined };
    },
  };
  return createHttpHandler(operations, { answers, newId, log });
}
