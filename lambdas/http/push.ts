/** Calls that reach clients: send, call a tool, broadcast, disconnect. */
import { createBroadcast } from '../broadcasts/broadcast';
import { createClose } from '../delivery/close';
import { createDeliver } from '../delivery/deliver';
import { recordOfFrame } from '../delivery/keep';
import { EVERYBODY } from '../ports/client-store';
import { ConnectionError } from '../ports/connections';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { encode, frameOf } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import { Problem } from '../protocol/problems';
import { pushedChatMessage, pushedToolCall, type ServerMessage } from '../protocol/server-messages';
import type { RouteKeyOf } from '../routes';
import { createHttpHandler, type Operations } from './http-handler';
import { clientGone, clientNotFound } from './problems';

export type PushDependencies = Pick<
  Dependencies,
  'clients' | 'history' | 'broadcasts' | 'connections' | 'tasks' | 'clock' | 'newId' | 'log'
>;

export function create(dependencies: PushDependencies) {
  const { clients, history, clock, newId, log } = dependencies;
  const broadcast = createBroadcast(dependencies);
  const deliver = createDeliver(dependencies);
  const close = createClose(dependencies);

  /**
   * Sends one message to one client. Its record is written before the post, and removed where the post failed for sure.
   * @returns the id of the frame
   */
  async function pushTo(clientId: string, message: ServerMessage): Promise<string> {
    const frame = frameOf(message, newId(), isoTime(clock.now()));
    const text = encodeOrProblem(() => encode(frame));
    const push = await clients.startPush(clientId);
    if (!push) throw clientNotFound();
    const { connection, position } = push;
    await history.append([{ clientId, position, records: [recordOfFrame('out', frame, text.length)] }]);
    try {
      if ((await deliver(connection, text)) === 'gone') throw clientGone();
    } catch (error) {
      if (!mayHaveArrived(error)) await history.remove(clientId, position);
      throw pushProblem(error);
    }
    log.info('pushed', { client_id: clientId });
    return frame.message_id;
  }

  const operations: Operations<RouteKeyOf<'http/push'>> = {
    async 'POST /send_message'({ body: { client_id: clientId, content } }) {
      const messageId = await pushTo(clientId, pushedChatMessage(content));
      return { body: { status: 'success', message: `Message sent to client ${clientId}`, message_id: messageId } };
    },

    async 'POST /call_tool'({ body: { client_id: clientId, tool_name: toolName, params } }) {
      const messageId = await pushTo(clientId, pushedToolCall(toolName, params ?? {}));
      return { body: { status: 'success', message: `Tool called on client ${clientId}`, message_id: messageId } };
    },

    async 'POST /broadcast'({ body: { message_type: type, data } }) {
      const frame = frameOf({ type, data: data ?? {} }, newId(), isoTime(clock.now()));
      const text = encodeOrProblem(() => encode(frame));
      const { broadcastId, counts } = await broadcast({ frame, text }, EVERYBODY);
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
        throw pushProblem(error);
      }
      await clients.disconnect(clientId, client.connectionId);
      return { status: 204, body: undefined };
    },
  };
  return createHttpHandler(operations, log);
}

function encodeOrProblem(encodeFrame: () => string): string {
  try {
    return encodeFrame();
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'payload_too_large') {
      throw new Problem('payload_too_large', error.message);
    }
    throw error;
  }
}

/** False where the platform refused the post, so that no client can have it. */
function mayHaveArrived(error: unknown): boolean {
  return !(error instanceof Problem) && !(error instanceof ConnectionError && error.code !== 'failed');
}

/** A throttled post becomes a 429 that says when to retry. */
function pushProblem(error: unknown): unknown {
  if (!(error instanceof ConnectionError && error.code === 'throttled')) return error;
  return new Problem('rate_limited', 'Rate limit reached; retry after 1 second.', {
    headers: { 'retry-after': '1' },
    cause: error,
  });
}
