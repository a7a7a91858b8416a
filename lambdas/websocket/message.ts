/** $default: every message of every client. Parse, count, route by type, handle, keep, reply. */
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { ConnectionError, type Connections } from '../connections/connections';
import {
  type ConnectionEvent,
  emptyResult,
  type Peer,
  peerFromEvent,
  resultWithReply,
} from '../gateway/websocket-event';
import type { MessageType } from '../messages/message-type';
import type { Responder } from '../messages/responder';
import { encode, type Frame, frameOf, invalidMessage, messageIdOf, parseObject, validate } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import type { JsonObject } from '../protocol/json';
import { errorMessage, type ServerMessage } from '../protocol/server-messages';
import { type Clock, isoTime, type Log, type LogFields, type NewId } from '../runtime';
import { keep, recordOfFrame } from '../sessions/record';
import type { HistoryRecord, SessionStore } from '../sessions/session-store';
import type { CallTool } from '../tools/call-tool';

export interface MessageDependencies {
  messageTypes: ReadonlyMap<string, MessageType>;
  responder: Responder;
  callTool: CallTool;
  sessions: SessionStore;
  connections: Connections;
  /** How the last reply travels: as the route response, which costs no call, or posted, for hosts that have none. */
  replyBy: 'route_response' | 'post';
  clock: Clock;
  newId: NewId;
  log: Log;
}

export interface MessageEvent extends ConnectionEvent {
  body?: string;
}

export function createMessage(dependencies: MessageDependencies) {
  const { messageTypes, responder, callTool, sessions, connections, replyBy, clock, newId, log } = dependencies;

  function frame(message: ServerMessage, replyTo: string | undefined): Frame {
    return frameOf(message, newId(), isoTime(clock.now()), replyTo);
  }

  /** Side effects must not cost the client its answer: what fails here is logged, and the answer goes out. */
  async function attempt(effect: Promise<unknown>, event: string, { clientId }: Peer): Promise<void> {
    try {
      await effect;
    } catch (error) {
      log.error(event, error, { client_id: clientId });
    }
  }

  /** As a rule it is a client that does not read which is throttled here, and what it does to itself is no error of ours. */
  async function acknowledge(message: ServerMessage, replyTo: string | undefined, { clientId, connectionId }: Peer) {
    try {
      await connections.post(connectionId, encode(frame(message, replyTo)));
    } catch (error) {
      if (!(error instanceof ConnectionError && error.code === 'throttled')) throw error;
      log.info('acknowledge_throttled', { client_id: clientId });
    }
  }

  /** The text of the reply to a message of a known type. */
  async function handle(object: JsonObject, type: MessageType, text: string, receivedAt: string, peer: Peer) {
    const message = validate(type.schema, object);
    const replyTo = messageIdOf(object);
    const acknowledged = type.acknowledge
      ? attempt(acknowledge(type.acknowledge(), replyTo, peer), 'acknowledge_failed', peer)
      : undefined;
    const records = type.keptInHistory ? [receivedRecord(object, text, receivedAt, peer)] : [];
    try {
      const reply = frame(await type.handle(message, { clientId: peer.clientId, clock, responder, callTool }), replyTo);
      const replyText = encode(reply);
      if (type.keptInHistory) records.push(recordOfFrame(peer.clientId, 'out', reply, replyText.length));
      return replyText;
    } finally {
      if (records.length > 0) await keep(records, sessions, log);
      await acknowledged; // the reply must not overtake it
    }
  }

  /** A valid client message as history keeps it: under its own id if it has one, at the server's time. */
  function receivedRecord(object: JsonObject, text: string, receivedAt: string, { clientId }: Peer): HistoryRecord {
    const { type, data = {} } = object as { type: string; data?: JsonObject };
    return recordOfFrame(
      clientId,
      'in',
      frameOf({ type, data }, messageIdOf(object) ?? newId(), receivedAt),
      text.length,
    );
  }

  /** The text of the reply to anything a client may send; an error is a reply too. */
  async function answer(text: string, peer: Peer): Promise<string> {
    const startedAt = clock.now();
    const receivedAt = isoTime(startedAt);
    const handled: LogFields = { client_id: peer.clientId };
    let replyTo: string | undefined;
    let counted: Promise<void> | undefined;
    try {
      const object = parseObject(text);
      replyTo = messageIdOf(object);
      const { type } = object;
      if (typeof type !== 'string') {
        throw invalidMessage([{ path: 'type', message: `Invalid input: expected string, one of ${knownTypes()}` }]);
      }
      counted = attempt(sessions.touch(peer.clientId, peer.connectionId, receivedAt), 'count_failed', peer);
      const messageType = messageTypes.get(type);
      if (!messageType) {
        throw new ProtocolError('unsupported_type', `This server has no such message type. It knows ${knownTypes()}.`);
      }
      handled.type = type; // one of ours, and so nothing that a client has written
      return await handle(object, messageType, text, receivedAt, peer);
    } catch (thrown) {
      const error = ProtocolError.from(thrown);
      handled.error = error.code;
      if (error.code === 'internal_error')
        log.error('message_failed', error.cause ?? error, { client_id: peer.clientId });
      return encode(frame(errorMessage(error), replyTo));
    } finally {
      await counted;
      handled.ms = clock.now() - startedAt;
      log.debug('message_handled', handled);
    }
  }

  function knownTypes(): string {
    return [...messageTypes.keys()].join(', ');
  }

  return async function message(event: MessageEvent): Promise<APIGatewayProxyResultV2> {
    const peer = peerFromEvent(event);
    const reply = await answer(event.body ?? '', peer);
    if (replyBy === 'route_response') return resultWithReply(reply);
    await attempt(connections.post(peer.connectionId, reply), 'reply_failed', peer);
    return emptyResult();
  };
}
