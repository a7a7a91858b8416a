/** $default: every message of every client. Parse, count, route by type, handle, store, reply. */
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { createClose } from '../delivery/close';
import { fitsInHistory, keep, recordOfFrame } from '../delivery/keep';
import type { ClientConnection, MessageKind, Receipt } from '../ports/client-store';
import { ConnectionError } from '../ports/connections';
import type { Dependencies } from '../ports/dependencies';
import type { HistoryRecord } from '../ports/history-store';
import type { Handled, MessageType } from '../ports/message-type';
import type { Position } from '../ports/position';
import { isoTime, type LogFields } from '../ports/runtime';
import { encode, type Frame, frameOf, invalidMessage, parseObject, validate } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import type { JsonObject } from '../protocol/json';
import { HANDLER_TIMEOUT_MS } from '../protocol/limits';
import { messageIdOf } from '../protocol/message-id';
import { errorMessage, type ServerMessage } from '../protocol/server-messages';
import { createCallTool } from './call-tool';
import { type ConnectionEvent, connectionFromEvent } from './connection-event';
import { MessageContext } from './message-context';
import { createProtocolTypes } from './message-types';
import { sendAll } from './send-all';

export type MessageDependencies = Pick<
  Dependencies,
  'app' | 'appSettings' | 'clients' | 'history' | 'connections' | 'secrets' | 'clock' | 'newId' | 'log'
>;

export interface MessageEvent extends ConnectionEvent {
  body?: string;
}

/** A message while it is handled. */
interface Received {
  object: JsonObject;
  type: string;
  /** The message as it came. */
  text: string;
  at: string;
  /** The client's own id of it, if any. */
  messageId: string | undefined;
  connection: ClientConnection;
}

export function create(dependencies: MessageDependencies) {
  const { app, clients, history, connections, clock, newId, log } = dependencies;
  const close = createClose(dependencies);
  const { responder, tools } = app;
  const protocolTypes = createProtocolTypes({ responder, callTool: createCallTool(tools) });
  // A Map, so that `constructor` is as unknown as any other name.
  const messageTypes = new Map<string, MessageType>(Object.entries({ ...app.messageTypes, ...protocolTypes }));

  function frame(message: ServerMessage, replyTo: string | undefined): Frame {
    return frameOf(message, newId(), isoTime(clock.now()), replyTo);
  }

  /** Counts a message. A failing store must not cost the client its answer: it is logged, and there is no receipt. */
  async function count(connection: ClientConnection, at: string, kind: MessageKind): Promise<Receipt | undefined> {
    try {
      return await clients.receive(connection, at, kind);
    } catch (error) {
      log.error('count_failed', error, { client_id: connection.clientId });
      return undefined;
    }
  }

  /** @throws ProtocolError `rate_limited` */
  async function assertWithinRate({ retryAfterMs, isFlood }: Receipt, connection: ClientConnection): Promise<void> {
    if (retryAfterMs === 0) return;
    if (isFlood) {
      log.info('too_fast', { client_id: connection.clientId });
      await close(connection, 'too_fast').catch((error) => log.error('close_failed', error));
    }
    throw new ProtocolError('rate_limited', `Too many messages; retry after ${retryAfterMs} ms.`, { retryAfterMs });
  }

  /** Posts a message that is not the reply. Never rejects: the reply follows, whatever becomes of this. */
  async function post(message: ServerMessage, { connection, messageId }: Received, context: MessageContext) {
    const { clientId: client_id, connectionId } = connection;
    if (context.isAborted) return;
    try {
      const outcome = await connections.post(connectionId, encode(frame(message, messageId)));
      if (outcome === 'gone') context.abort();
    } catch (error) {
      // A 429 here usually means that the client is not reading, so it is logged at info, not error.
      if (error instanceof ConnectionError && error.code === 'throttled') log.info('post_throttled', { client_id });
      else log.error('post_failed', error, { client_id });
    }
  }

  /** What the handler replies, within its time. @throws ProtocolError `timed_out` */
  async function replyInTime(handled: Handled, received: Received, context: MessageContext): Promise<ServerMessage> {
    if (!('then' in handled) && !('next' in handled)) return handled;
    let cancel: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = clock.setTimer(HANDLER_TIMEOUT_MS, () => {
        context.abort();
        reject(new ProtocolError('timed_out', `No answer within ${HANDLER_TIMEOUT_MS / 1_000} seconds.`));
      });
    });
    try {
      return await Promise.race([sendAll(handled, (part) => post(part, received, context)), late]);
    } finally {
      cancel?.();
    }
  }

  /** The text of the reply to a message of a known type. */
  async function handle(received: Received, type: MessageType, position: Position | undefined) {
    const { object, connection, messageId } = received;
    const message = validate(type.schema, object);
    const context = new MessageContext(connection, messageId, dependencies);
    const records = type.keptInHistory ? [receivedRecord(received)] : [];
    try {
      const reply = frame(await replyInTime(type.handle(message, context), received, context), messageId);
      const text = encode(reply);
      if (type.keptInHistory) records.push(recordOfFrame('out', reply, text.length));
      return text;
    } finally {
      context.done();
      if (records.length > 0) await store(records, connection.clientId, position);
    }
  }

  async function store(records: HistoryRecord[], clientId: string, position: Position | undefined): Promise<void> {
    const fitting = records.filter(fitsInHistory);
    if (fitting.length < records.length) log.info('history_left_out', { client_id: clientId });
    if (fitting.length > 0) await keep([{ clientId, position, records: fitting }], history, log);
  }

  /** A valid client message as history keeps it: under its own id if it has one, at the server's time. */
  function receivedRecord({ object, type, text, at, messageId }: Received): HistoryRecord {
    const { data = {} } = object as { data?: JsonObject };
    return recordOfFrame('in', frameOf({ type, data }, messageId ?? newId(), at), text.length);
  }

  /** The text of the reply to anything a client may send; an error is a reply too. Undefined where nothing is replied. */
  async function answer(text: string, connection: ClientConnection): Promise<string | undefined> {
    const startedAt = clock.now();
    const at = isoTime(startedAt);
    const logged: LogFields = { client_id: connection.clientId };
    let messageId: string | undefined;
    let isCounted = false;
    try {
      const object = parseObject(text);
      messageId = messageIdOf(object);
      const { type } = object;
      if (typeof type !== 'string') {
        throw invalidMessage([{ path: 'type', message: `Invalid input: expected string, one of ${knownTypes()}` }]);
      }
      const messageType = messageTypes.get(type);
      const receipt = await count(connection, at, messageType?.keptInHistory ? 'durable' : 'transient');
      isCounted = true;
      if (receipt) await assertWithinRate(receipt, connection);
      if (type === 'error') return undefined; // an error to an error would never end, with a client that echoes
      if (!messageType) {
        throw new ProtocolError('unsupported_type', `Unknown message type. Supported: ${knownTypes()}.`);
      }
      logged.type = type; // known by now, so not a text of the client's choice
      return await handle({ object, type, text, at, messageId, connection }, messageType, receipt?.position);
    } catch (thrown) {
      const error = isCounted ? ProtocolError.from(thrown) : await rated(ProtocolError.from(thrown), connection, at);
      logged.error = error.code;
      logFailure(error, connection, messageId);
      return encode(frame(errorMessage(error), messageId));
    } finally {
      logged.ms = clock.now() - startedAt;
      log.debug('message_handled', logged);
    }
  }

  /** The error of a message that does not count, or `rate_limited`: such messages have a rate too. */
  async function rated(error: ProtocolError, connection: ClientConnection, at: string): Promise<ProtocolError> {
    try {
      const receipt = await count(connection, at, 'invalid');
      if (receipt) await assertWithinRate(receipt, connection);
      return error;
    } catch (limited) {
      return ProtocolError.from(limited);
    }
  }

  function logFailure(error: ProtocolError, { clientId }: ClientConnection, messageId: string | undefined): void {
    const fields = { client_id: clientId, message_id: messageId };
    if (error.code === 'internal_error') log.error('message_failed', error.cause ?? error, fields);
    if (error.code === 'timed_out') log.error('message_timed_out', error, fields);
  }

  function knownTypes(): string {
    return [...messageTypes.keys()].join(', ');
  }

  /** The reply travels as the route response of $default (`routes.ts`), which costs no call. */
  return async function message(event: MessageEvent): Promise<APIGatewayProxyResultV2> {
    const body = await answer(event.body ?? '', connectionFromEvent(event));
    return body === undefined ? { statusCode: 200 } : { statusCode: 200, body };
  };
}
