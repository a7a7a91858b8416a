/** $default handles every message of every client: parse, count, route by type, handle, store, reply. */

import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { createClose } from '../delivery/close';
import { afterGone } from '../delivery/deliver';
import { recordOfReceived } from '../delivery/keep';
import { type Asked, createPlacing } from '../delivery/placing';
import type { ClientConnection, MessageKind, Receipt } from '../ports/client-store';
import { ConnectionError } from '../ports/connections';
import type { Dependencies } from '../ports/dependencies';
import { UnavailableError } from '../ports/errors';
import type { HistoryRecord } from '../ports/history-store';
import type { MessageType, Reply } from '../ports/message-type';
import { type Awaitable, inTime, isoTime, type LogFields, orElse, whenThere } from '../ports/runtime';
import { encode, type Frame, frameOf, invalidMessage, parseObject, validate } from '../protocol/codec';
import { type ErrorDetail, ProtocolError } from '../protocol/errors';
import type { JsonObject } from '../protocol/json';
import { ANSWER_KEEPS_POSITION_MS, HANDLER_TIMEOUT_MS } from '../protocol/limits';
import { type MessageMarks, marksOf, messageIdOf } from '../protocol/marks';
import type { Position } from '../protocol/position';
import { errorMessage, processing, type ServerMessage } from '../protocol/server-messages';
import { createCallTool } from '../tools/call-tool';
import { createAnswerCall } from './answer-call';
import { type ConnectionEvent, connectionFromEvent } from './connection-event';
import { createGroupMessages } from './group-messages';
import { MessageContext } from './message-context';
import { createProtocolTypes } from './message-types';
import { createOfferedTools } from './offered-tools';
import { createPresenceMessages } from './presence-messages';
import { createRegisterTools } from './register-tools';
import { createRepeats } from './repeats';
import { createResume } from './resume';
import { type RunningMessage, RunningMessages } from './running-messages';
import { sendAgain } from './send-again';
import { sendAll } from './send-all';
import { createStartReply, replyIdOf } from './start-reply';

export type MessageDependencies = Pick<
  Dependencies,
  | 'app'
  | 'appSettings'
  | 'clients'
  | 'history'
  | 'calls'
  | 'clientTools'
  | 'toolDescriptions'
  | 'mcpTools'
  | 'broadcasts'
  | 'groups'
  | 'presenceGroups'
  | 'connections'
  | 'replies'
  | 'repliesInTask'
  | 'tasks'
  | 'secrets'
  | 'clock'
  | 'newId'
  | 'log'
>;

/** Milliseconds to store an answer after the handler's time is up. Lambda ends this function 28 seconds after the message arrived. */
const LAST_WRITE_MS = 700;

/** Number of closed connections to remember: only until their last messages are handled. */
const MAX_CLOSING = 1_000;

export interface MessageEvent extends ConnectionEvent {
  body?: string;
}

/** A message that arrived. */
interface Arrived {
  connection: ClientConnection;
  /** Milliseconds since 1970. */
  receivedAt: number;
  marks: MessageMarks;
}

/** A message while it is being handled. */
interface Received extends Arrived {
  object: JsonObject;
  type: string;
  /** The raw message. */
  text: string;
  /** `receivedAt` as ISO-8601. */
  at: string;
  /** The `message_id` that the client chose, if any. */
  messageId: string | undefined;
  /** What is wrong with the marks. */
  wrong: ErrorDetail | undefined;
  /** Undefined if the store could not count the message. */
  receipt: Receipt | undefined;
  /** True if this process is still handling the same message. */
  isRunning: boolean;
  /** Fields of this message's log line. */
  logged: LogFields;
}

export function create(dependencies: MessageDependencies) {
  const { app, clients, connections, replies, repliesInTask, clock, newId, log } = dependencies;
  const close = createClose(dependencies);
  const { responder, tools } = app;
  const presenceMessages = createPresenceMessages(dependencies);
  const protocolTypes = createProtocolTypes({
    responder,
    offeredTools: createOfferedTools(dependencies, createCallTool(tools)),
    resume: createResume(dependencies),
    answerCall: createAnswerCall(dependencies),
    registerTools: createRegisterTools(dependencies),
    groupMessages: createGroupMessages(dependencies.groups, presenceMessages.changed),
    presenceMessages,
    replies,
  });
  const startReply = createStartReply(dependencies);
  const { placeAnswer, placeUnanswered } = createPlacing(dependencies);
  const answerRepeat = createRepeats(dependencies);
  const running = new RunningMessages();
  /** Connections that this process has closed for sending too fast, oldest first. */
  const closing = new Set<string>();
  // A Map, so that `constructor` is an unknown type like any other.
  const messageTypes = new Map<string, MessageType>(Object.entries({ ...app.messageTypes, ...protocolTypes }));

  function frame(message: ServerMessage, replyTo: string | undefined): Frame {
    return frameOf(message, newId(), isoTime(clock.now()), replyTo);
  }

  /** Counts a message. If the store fails, logs the error and returns no receipt: the client still gets its answer. */
  function count(
    connection: ClientConnection,
    at: string,
    kind: MessageKind,
    marks: MessageMarks = {},
  ): Awaitable<Receipt | undefined> {
    return orElse(
      () => clients.receive(connection, at, kind, marks),
      (error) => void log.error('count_failed', error, { client_id: connection.clientId }),
    );
  }

  /** Messages that arrived before the close are still handled: they do not close it again, unless the close failed. */
  async function closeOnce(connection: ClientConnection): Promise<void> {
    const { connectionId, clientId } = connection;
    if (closing.has(connectionId)) return;
    const [oldest] = closing;
    if (oldest !== undefined && closing.size >= MAX_CLOSING) closing.delete(oldest);
    closing.add(connectionId);
    log.warn('too_fast', { client_id: clientId });
    await close(connection, 'too_fast').catch((error) => {
      closing.delete(connectionId);
      log.error('close_failed', error);
    });
  }

  /** Refuses a message that is over the rate. @throws ProtocolError `rate_limited` */
  async function refuse(
    { retryAfterMs, isFlood, repeat }: Receipt,
    connection: ClientConnection,
    { sent }: MessageMarks = {},
  ): Promise<never> {
    if (isFlood) await closeOnce(connection);
    if (sent && !repeat) await clients.forgetNumber(connection.clientId, sent).catch(sendAgain); // so that a repeat of this message is handled
    throw new ProtocolError('rate_limited', `Too many messages; retry after ${retryAfterMs} ms.`, { retryAfterMs });
  }

  /** Posts a message other than the reply. Never fails: the reply follows in any case. @returns nothing if it is already posted */
  function post(message: ServerMessage, received: Received, context: MessageContext): Promise<void> | undefined {
    if (context.isAborted) return undefined;
    try {
      const text = encode(frame(message, received.messageId));
      const posting = connections.post(received.connection.connectionId, text);
      return posting === 'delivered' ? undefined : posted(posting, text, received, context);
    } catch (error) {
      return void postFailed(error, received);
    }
  }

  async function posted(
    posting: Awaitable<'delivered' | 'gone'>,
    text: string,
    received: Received,
    context: MessageContext,
  ): Promise<void> {
    try {
      if ((await posting) === 'delivered') return;
      if ((await afterGone(received.connection, text, undefined, dependencies)) === 'gone') context.abort();
    } catch (error) {
      postFailed(error, received);
    }
  }

  function postFailed(error: unknown, { connection: { clientId: client_id } }: Received): void {
    // A 429 here usually means that the client is not reading, so it is logged at info, not error.
    if (error instanceof ConnectionError && error.code === 'throttled') log.info('post_throttled', { client_id });
    else log.error('post_failed', error, { client_id });
  }

  function contextOf({ connection, messageId, receipt }: Received): MessageContext {
    return new MessageContext(connection, messageId, receipt, dependencies);
  }

  /** Runs the type's handler and returns its reply. */
  function handle(
    received: Received,
    type: MessageType,
    message = validate(type.schema, received.object),
  ): Awaitable<Reply> {
    const context = contextOf(received);
    let reply: Awaitable<Reply>;
    try {
      reply = sendAll(type.handle(message, context), (part) => post(part, received, context));
    } catch (error) {
      context.done();
      throw error;
    }
    if (reply !== undefined && 'then' in reply) return replyInTime(reply, received, context);
    context.done();
    return reply;
  }

  /** The reply of a handler that is still running. Rejects with `timed_out`; the time counts from the message's arrival. */
  async function replyInTime(reply: Promise<Reply>, received: Received, context: MessageContext): Promise<Reply> {
    const left = Math.max(0, HANDLER_TIMEOUT_MS - (clock.now() - received.receivedAt));
    try {
      return await inTime(clock, left, reply, () => {
        context.abort();
        return new ProtocolError('timed_out', `No answer within ${HANDLER_TIMEOUT_MS / 1_000} seconds.`);
      });
    } finally {
      context.done();
    }
  }

  /**
   * The reply, as text, to a message that takes a position. The message and its answer are stored before the reply goes out. If the
   * history does not keep this type, only the reply is stored, hidden. Errors are stored too: a client that missed one gets it again.
   */
  async function answerOnce(received: Received, type: MessageType): Promise<string | undefined> {
    const { receipt, messageId, connection, marks, isRunning } = received;
    const isInTask = isAnsweredInTask(received.type);
    const replyId = isInTask ? replyIdOf(connection.clientId, receipt?.position.epoch, marks.sent, newId) : undefined;
    const key =
      replyId === undefined ? undefined : { clientId: connection.clientId, messageId: messageId ?? replyId, replyId };
    const outcome = receipt?.repeat
      ? await answerRepeat(connection, marks, { ...receipt.repeat, isRunning }, key).catch(sendAgain)
      : undefined;
    if (outcome?.text !== undefined) return outcome.text;
    const position = outcome?.position ?? (isInTask ? undefined : receipt?.position);
    let question: HistoryRecord | undefined;
    try {
      if (received.wrong) throw invalidMessage([received.wrong]);
      const message = validate(type.schema, received.object);
      if (replyId !== undefined) {
        await post(processing(), received, contextOf(received)); // before the task starts: no delta may overtake it
        await startReply({ ...received, replyId, after: receipt?.position, sent: marks.sent, taken: position });
        return undefined;
      }
      const { object, text, at } = received;
      const record = recordOfReceived({ object, text, at, id: messageId ?? newId() });
      const isHidden = !type.keptInHistory;
      if (!isHidden) question = record;
      const handling = handle(received, type, message);
      const reply = handling instanceof Promise ? await handling : handling;
      if (reply) {
        const text = settle(received, question, frame(reply, messageId), position, isHidden);
        return text instanceof Promise ? await text : text;
      }
      await settled(received, position, (asked) => placeUnanswered({ ...asked, question: record, isHidden }));
      return undefined;
    } catch (thrown) {
      const error = ProtocolError.from(thrown);
      if (isInTask && error.code === 'in_progress') throw error; // it was not started, so nothing is stored
      received.logged.error = error.code;
      logFailure(error, connection, messageId);
      return settle(received, question, frame(errorMessage(error), messageId), position, true);
    }
  }

  /**
   * Stores a reply at its position, or at a new position if the reply is late.
   * @returns the text of the reply
   * @throws ProtocolError `payload_too_large`
   */
  function settle(
    received: Arrived,
    question: HistoryRecord | undefined,
    reply: Frame,
    taken: Position | undefined,
    isHidden: boolean,
  ): Awaitable<string> {
    const text = settled(received, taken, ({ clientId, sent, isLate }) =>
      placeAnswer({ clientId, sent, taken, isLate, question, reply, isHidden }),
    );
    return whenThere(text, (stored) => stored ?? encode(reply)); // not stored: without a position
  }

  /**
   * Stores the outcome of a message at its position, or at a new one if it is late. If the store fails, logs it and does not fail the
   * message: the sender would repeat it, and it would be handled twice.
   * @throws ProtocolError
   */
  function settled<Outcome>(
    { connection: { clientId }, receivedAt, marks: { sent } }: Arrived,
    taken: Position | undefined,
    place: (asked: Asked) => Awaitable<Outcome>,
  ): Awaitable<Outcome | undefined> {
    const age = clock.now() - receivedAt;
    const isLate = age > ANSWER_KEEPS_POSITION_MS;
    const placed = () => {
      const placing = place({ clientId, sent, taken, isLate });
      if (!isLate || !(placing instanceof Promise)) return placing;
      if (sent) void placing.catch(() => {}).then(running.begin(clientId, sent).end);
      const left = Math.max(0, HANDLER_TIMEOUT_MS + LAST_WRITE_MS - age);
      return inTime(clock, left, placing, () => new Error('the answer was not stored in time'));
    };
    return orElse(placed, (error) => {
      if (error instanceof ProtocolError) throw error;
      log.error('history_failed', error, { client_id: clientId });
      return undefined;
    });
  }

  /** True for a type of the team. It takes a position, so that a repeat finds its answer, if the client numbers it. */
  function isOwnType(type: string): boolean {
    return messageTypes.has(type) && !Object.hasOwn(protocolTypes, type);
  }

  function isAnsweredInTask(type: string): boolean {
    return repliesInTask && type === 'chat_message';
  }

  /** Text of the reply to anything that a client may send, which may be an error. Undefined if there is no reply. */
  async function answer(event: MessageEvent): Promise<string | undefined> {
    const { body: text = '' } = event;
    const connection = connectionFromEvent(event);
    const receivedAt = clock.now();
    const at = isoTime(receivedAt);
    const logged: LogFields = { client_id: connection.clientId };
    let messageId: string | undefined;
    let isCounted = false;
    let position: Position | undefined;
    let run: RunningMessage | undefined;
    try {
      const object = parseObject(text);
      messageId = messageIdOf(object);
      const { type } = object;
      if (typeof type !== 'string') {
        throw invalidMessage([{ path: 'type', message: `Invalid input: expected string, one of ${knownTypes()}` }]);
      }
      const messageType = messageTypes.get(type);
      const { sent, acked, wrong } = marksOf(object);
      const isKept = messageType?.keptInHistory === true || (isOwnType(type) && (sent ?? wrong) !== undefined);
      const marks: MessageMarks = isKept ? { sent, acked } : { acked };
      const kind = !isKept ? 'transient' : isAnsweredInTask(type) ? 'deferred' : 'durable';
      run = marks.sent && running.begin(connection.clientId, marks.sent);
      const counting = count(connection, at, kind, marks);
      const receipt = counting instanceof Promise ? await counting : counting;
      isCounted = true;
      if (kind === 'durable' && !receipt?.repeat) position = receipt?.position;
      if (receipt && receipt.retryAfterMs > 0) await refuse(receipt, connection, marks);
      if (type === 'error') return undefined; // answering errors would loop forever with a client that echoes
      if (!messageType) {
        throw new ProtocolError('unsupported_type', `Unknown message type. Supported: ${knownTypes()}.`);
      }
      if (marks.sent && !receipt) {
        throw new ProtocolError(
          'in_progress',
          'The server cannot tell at the moment whether this message is a repeat.',
        );
      }
      logged.type = type; // a known type by now, so safe to log
      const isRunning = run?.isRepeat === true;
      // Without a spread, here and in `answerOnce`: it would take microseconds.
      const received: Received = {
        connection,
        receivedAt,
        marks,
        object,
        type,
        text,
        at,
        messageId,
        wrong,
        receipt,
        isRunning,
        logged,
      };
      if (isKept) return await answerOnce(received, messageType);
      const handling = handle(received, messageType);
      const reply = handling instanceof Promise ? await handling : handling;
      return reply && encode(frame(reply, messageId));
    } catch (thrown) {
      const error = isCounted ? ProtocolError.from(thrown) : await rated(ProtocolError.from(thrown), connection, at);
      logged.error = error.code;
      logFailure(error, connection, messageId);
      const reply = frame(errorMessage(error), messageId);
      if (!position) return encode(reply);
      return settle({ connection, receivedAt, marks: {} }, undefined, reply, position, true);
    } finally {
      run?.end();
      logged.ms = clock.now() - receivedAt;
      log.debug('message_handled', logged);
    }
  }

  /** Returns the error of a message that is not valid, or `rate_limited`: invalid messages are rate limited too. */
  async function rated(error: ProtocolError, connection: ClientConnection, at: string): Promise<ProtocolError> {
    try {
      const receipt = await count(connection, at, 'invalid');
      if (receipt && receipt.retryAfterMs > 0) await refuse(receipt, connection);
      return error;
    } catch (limited) {
      return ProtocolError.from(limited);
    }
  }

  function logFailure(error: ProtocolError, { clientId }: ClientConnection, messageId: string | undefined): void {
    const fields = { client_id: clientId, message_id: messageId };
    const isOutage = error.cause instanceof UnavailableError;
    if (error.code === 'internal_error' || isOutage) log.error('message_failed', error.cause ?? error, fields);
    if (error.code === 'timed_out') log.error('message_timed_out', error, fields);
  }

  function knownTypes(): string {
    return [...messageTypes.keys()].join(', ');
  }

  function resultOf(body: string | undefined): APIGatewayProxyResultV2 {
    return body === undefined ? { statusCode: 200 } : { statusCode: 200, body };
  }

  /** The reply is $default's route response (`routes.ts`), which needs no extra API call. */
  return (event: MessageEvent): Promise<APIGatewayProxyResultV2> => answer(event).then(resultOf);
}
