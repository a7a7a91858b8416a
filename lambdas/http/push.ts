/** Calls that reach clients: send, call a tool, broadcast, disconnect. */
import { type BroadcastDependencies, createBroadcast } from '../broadcasts/broadcast';
import { ConnectionError } from '../connections/connections';
import { createHttpHandler, type Operations } from '../gateway/http-handler';
import { encode, frameOf } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import { Problem } from '../protocol/problems';
import { pushedChatMessage, pushedToolCall, type ServerMessage } from '../protocol/server-messages';
import type { RouteKeyOf } from '../routes';
import { isoTime } from '../runtime';
import { keep, recordOfFrame } from '../sessions/record';
import { clientGone, clientNotFound } from './problems';

export function createPush(dependencies: BroadcastDependencies) {
  const { sessions, connections, clock, newId, log } = dependencies;
  const broadcast = createBroadcast(dependencies);

  /** Sends one message to one client and keeps it in the history. The id is that of the frame. */
  async function pushTo(clientId: string, message: ServerMessage): Promise<string> {
    const frame = frameOf(message, newId(), isoTime(clock.now()));
    const text = encodeOrProblem(() => encode(frame));
    const session = await sessions.get(clientId);
    if (!session) throw clientNotFound();
    const outcome = await reach(connections.post(session.connectionId, text));
    if (outcome === 'gone') {
      await sessions.close(clientId, session.connectionId);
      log.info('gone', { client_id: clientId });
      throw clientGone();
    }
    await keep([recordOfFrame(clientId, 'out', frame, text.length)], sessions, log);
    log.info('pushed', { client_id: clientId });
    return frame.message_id;
  }

  const operations: Operations<RouteKeyOf<'http/push'>> = {
    async 'POST /send_message'({ body: { client_id: clientId, content } }) {
      const messageId = await pushTo(clientId, pushedChatMessage(content));
      return { body: { status: 'success', message: `Message sent to client ${clientId}`, message_id: messageId } };
    },

    async 'POST /call_tool'({ body: { client_id: clientId, tool_name: toolName, params = {} } }) {
      const messageId = await pushTo(clientId, pushedToolCall(toolName, params));
      return { body: { status: 'success', message: `Tool called on client ${clientId}`, message_id: messageId } };
    },

    async 'POST /broadcast'({ body: { message_type: type, data = {} } }) {
      const frame = frameOf({ type, data }, newId(), isoTime(clock.now()));
      const text = encodeOrProblem(() => encode(frame));
      const { broadcastId, counts } = await broadcast({ frame, text });
      const ids = { message_id: frame.message_id, broadcast_id: broadcastId };
      if (!counts) return { status: 202, body: { status: 'accepted', ...ids } };
      const { recipients, delivered, gone } = counts;
      const message = `Broadcast sent to ${delivered} of ${recipients} clients`;
      return { body: { status: 'success', message, ...ids, recipients, delivered, gone } };
    },

    async 'DELETE /clients/{client_id}'({ path: { client_id: clientId } }) {
      const session = await sessions.get(clientId);
      if (!session) throw clientNotFound();
      await reach(connections.close(session.connectionId)); // gone already is as good as closed
      await sessions.close(clientId, session.connectionId);
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

/** Waits for a push; a throttled platform becomes a 429 that says when to come back. */
async function reach<Outcome>(push: Promise<Outcome>): Promise<Outcome> {
  try {
    return await push;
  } catch (error) {
    if (error instanceof ConnectionError && error.code === 'throttled') {
      throw new Problem('rate_limited', 'The platform takes no more messages at the moment; try again in a second.', {
        headers: { 'retry-after': '1' },
        cause: error,
      });
    }
    throw error;
  }
}
