/** Calls tools on clients and tracks the outcome. Independent of the HTTP API, so that MCP uses it too. */
import { createDeliver } from '../delivery/deliver';
import { frameOfRecord } from '../delivery/keep';
import { type CallProgress, type CallStatus, statusOf } from '../ports/call';
import type { CallItem } from '../ports/call-store';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { callIdOf, isCallMessageId, placeOfCall } from '../protocol/call-id';
import { encode, frameOf } from '../protocol/codec';
import { isJsonObject, type JsonObject } from '../protocol/json';
import type { Position } from '../protocol/position';
import { pushedToolCall, toolCancel } from '../protocol/server-messages';
import { callNotFound, postProblem } from './problems';
import { createPushToClient, type Pushed, type PushToClientDependencies } from './push-to-client';

export type ClientCallsDependencies = PushToClientDependencies & Pick<Dependencies, 'calls'>;

/** Snapshot of a call. Times are milliseconds since 1970. */
export interface Call {
  callId: string;
  clientId: string;
  /** Id of the frame that the client gets. */
  messageId: string;
  status: CallStatus;
  /** ISO-8601. */
  createdAt: string;
  deadline: number;
  progress?: CallProgress;
  /** With `completed`: any JSON value. */
  result?: unknown;
  /** With `failed`: the client's error. */
  error?: JsonObject;
}

export interface CallRequest {
  clientId: string;
  toolName: string;
  params: JsonObject;
  /** Later results are not kept. Default: the longest lifetime of a call. */
  deadlineSeconds?: number | null | undefined;
  /** Set under an `Idempotency-Key`: a call that an earlier run stored under this id is sent again, and no other is made. */
  messageId?: string | undefined;
  /** Seconds that the call waits for a client that is away. If omitted, the client must be connected. */
  holdSeconds?: number | null | undefined;
}

export interface StartedCall {
  callId: string;
  messageId: string;
  deadline: number;
  delivery: Pushed['delivery'];
}

export interface ClientCalls {
  /** Sends the call to its client, or holds it for a client that is away. @throws Problem */
  start(request: CallRequest): Promise<StartedCall>;
  /**
   * The call when it ends, or when the time is over. @param isNew  true for a call that was just started @throws Problem `call_not_found`
   */
  wait(callId: string, seconds: number, isNew?: boolean): Promise<Call>;
  /** @throws Problem `call_not_found` */
  get(callId: string): Promise<Call>;
  /** Ends a pending call and tells its client. @returns the call, however it ended @throws Problem `call_not_found` */
  cancel(callId: string): Promise<Call>;
}

/** Latest messages of a client in which a call of an earlier run is looked for. */
const LOOK_BACK = 50;

export function createClientCalls(dependencies: ClientCallsDependencies): ClientCalls {
  const { calls, clients, history, clock, newId, log } = dependencies;
  const pushToClient = createPushToClient(dependencies);
  const deliver = createDeliver(dependencies);

  async function get(callId: string): Promise<Call> {
    const place = placeOfCall(callId);
    const item = place && (await calls.get(place.clientId, place.position));
    if (!item) throw callNotFound();
    return callFromItem(item, clock.now());
  }

  /** A call that an earlier run of the same request stored. */
  async function findCall(clientId: string, id: string): Promise<CallItem | undefined> {
    const { rows } = await history.page(clientId, { limit: LOOK_BACK });
    const record = rows.find(({ direction, messageId }) => direction === 'out' && isCallMessageId(messageId, id));
    const place = record && placeOfCall(String(record.data.call_id));
    return place && calls.get(place.clientId, place.position);
  }

  /** Sends the frame of a pending call again, at its position: a client that has it drops it. @throws Problem */
  async function startAgain(item: CallItem, holdSeconds: number | null | undefined): Promise<StartedCall> {
    const { callId, messageId, status, deadline } = callFromItem(item, clock.now());
    const { clientId, position, records } = item;
    const started = { callId, messageId, deadline };
    const record = records.find(({ direction }) => direction === 'out');
    const posted: StartedCall = { ...started, delivery: 'posted' };
    if (status !== 'pending' || !record) return posted;
    const client = await clients.get(clientId);
    const text = encode(frameOfRecord(record, position));
    const outcome = client && (await deliver(client, text).catch((error) => Promise.reject(postProblem(error))));
    if (outcome === 'delivered' || !holdSeconds) return posted; // in any case it comes with the client's next resume
    await calls.hold(clientId, position, Date.parse(record.timestamp) + holdSeconds * 1_000);
    return { ...started, delivery: 'held' };
  }

  /** Best effort: a client that is not told finds out when it answers. */
  async function tellCancelled(clientId: string, callId: string): Promise<void> {
    try {
      const client = await clients.get(clientId);
      const frame = frameOf(toolCancel(callId, 'cancelled'), newId(), isoTime(clock.now()));
      if (client) await deliver(client, encode(frame));
    } catch (error) {
      log.error('cancel_not_delivered', error, { client_id: clientId });
    }
  }

  return {
    async start({ clientId, toolName, params, deadlineSeconds, holdSeconds, messageId: id }) {
      const earlier = id === undefined ? undefined : await findCall(clientId, id);
      if (earlier) return startAgain(earlier, holdSeconds);
      const seconds = Math.min(deadlineSeconds ?? calls.lifetimeSeconds, calls.lifetimeSeconds);
      const deadline = clock.now() + seconds * 1_000;
      const message = pushedToolCall(toolName, params, deadlineSeconds ? isoTime(deadline) : undefined);
      const onHeld = (position: Position, until: number) => calls.hold(clientId, position, until);
      const options = { messageId: id, holdSeconds, deadline, onHeld };
      const { messageId, position, delivery } = await pushToClient(clientId, message, options);
      return { callId: callIdOf({ clientId, position }), messageId, deadline, delivery };
    },

    get,

    async wait(callId, seconds, isNew) {
      const place = placeOfCall(callId);
      if (!place) throw callNotFound();
      const until = clock.now() + seconds * 1_000;
      const item = await calls.waitForEnd(place.clientId, place.position, until, isNew);
      if (!item) throw callNotFound();
      return callFromItem(item, clock.now());
    },

    async cancel(callId) {
      const place = placeOfCall(callId);
      const run = newId();
      const item = place && (await calls.end(place.clientId, place.position, { status: 'cancelled', by: run }));
      if (!item) throw callNotFound();
      if (item.call.end?.by === run) {
        log.info('call_cancelled', { client_id: item.clientId });
        await tellCancelled(item.clientId, callId);
      }
      return callFromItem(item, clock.now());
    },
  };
}

function callFromItem({ clientId, position, records, call }: CallItem, now: number): Call {
  const { messageId, progress, answerBy: deadline = call.deadline } = call;
  const response = records.find(({ direction }) => direction === 'in')?.data ?? {};
  const createdAt = records.find(({ direction }) => direction === 'out')?.timestamp ?? isoTime(now);
  const status = statusOf(call, now);
  return {
    callId: callIdOf({ clientId, position }),
    clientId,
    messageId,
    status,
    createdAt,
    deadline,
    ...(progress && { progress }),
    ...(status === 'completed' && { result: response.result ?? null }),
    ...(status === 'failed' && { error: errorFrom(response.error) }),
  };
}

/** Clients send the error as an object, as a string, or not at all. */
function errorFrom(error: unknown): JsonObject {
  if (isJsonObject(error)) return error;
  return { code: 'tool_failed', message: typeof error === 'string' ? error : 'The client gave no reason.' };
}
