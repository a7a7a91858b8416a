/** $connect: begins the session and has the client greeted. Runs before the handshake is answered. */
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import type { Tasks } from '../background/tasks';
import { type HandshakeEvent, offeredSubprotocols } from '../gateway/subprotocols';
import { type ConnectionEvent, emptyResult, peerFromEvent } from '../gateway/websocket-event';
import { SUBPROTOCOL } from '../protocol/subprotocol';
import { type Clock, isoTime, type Log } from '../runtime';
import type { SessionStore } from '../sessions/session-store';

export interface ConnectDependencies {
  sessions: SessionStore;
  tasks: Tasks;
  clock: Clock;
  log: Log;
}

export type ConnectEvent = ConnectionEvent & HandshakeEvent;

/** A throw ends in a refused handshake, which is the platform's own answer to a $connect that fails. */
export function createConnect({ sessions, tasks, clock, log }: ConnectDependencies) {
  return async function connect(event: ConnectEvent): Promise<APIGatewayProxyResultV2> {
    const { clientId, connectionId } = peerFromEvent(event);
    const now = isoTime(clock.now());
    const session = { clientId, connectionId, connectedAt: now, lastActivity: now, messageCount: 0 };
    const replaced = await sessions.open(session);
    await tasks.start({ task: 'welcome', clientId, connectionId, ...(replaced !== undefined && { replaced }) });
    log.info('connected', { client_id: clientId });
    if (!offeredSubprotocols(event).includes(SUBPROTOCOL)) return emptyResult();
    return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } };
  };
}
