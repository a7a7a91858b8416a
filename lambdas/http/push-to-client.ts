/** Sends one message to one client, now or when it is back. */
import { createDeliver } from '../delivery/deliver';
import { recordOfFrame } from '../delivery/keep';
import type { CallState } from '../ports/call';
import type { ClientConnection } from '../ports/client-store';
import { ConnectionError } from '../ports/connections';
import type { Dependencies } from '../ports/dependencies';
import type { PlacedItem } from '../ports/history-store';
import { isoTime } from '../ports/runtime';
import { callIdOf, callMessageId } from '../protocol/call-id';
import { type Frame, frameOf, placed } from '../protocol/codec';
import type { Position } from '../protocol/position';
import { Problem } from '../protocol/problems';
import type { ServerMessage } from '../protocol/server-messages';
import { createAcknowledged } from './acknowledgement';
import { clientGone, clientNotFound, encodeOrProblem, postProblem, problemFrom } from './problems';

export type PushToClientDependencies = Pick<
  Dependencies,
  'clients' | 'history' | 'connections' | 'clock' | 'newId' | 'log'
>;

export interface PushOptions {
  /** Default: a new one. A tool call replaces the last digits, see `callMessageId`. */
  messageId?: string | undefined;
  /** Seconds that the message waits for a client that is away. If omitted, the client must be connected. */
  holdSeconds?: number | null;
  /** Seconds to wait for the client's acknowledgement. */
  waitSeconds?: number;
  /** For a tool call: when it expires, in milliseconds since 1970. */
  deadline?: number;
  /** Called if the client turned out to have left and the message is held for it until this time. */
  onHeld?(position: Position, until: number): Promise<void>;
}

export interface Pushed {
  messageId: string;
  position: Position;
  delivery: 'posted' | 'acknowledged' | 'held';
}

/** A push being prepared. */
interface Draft {
  clientId: string;
  frame: Frame;
  /** Milliseconds since 1970, as is `deadline`. */
  heldUntil: number | undefined;
  /** For a tool call. */
  deadline: number | undefined;
}

/** A frame at its position. */
interface Taken {
  messageId: string;
  /** Undefined if the client is away. */
  connection: ClientConnection | undefined;
  position: Position;
  text: string;
}

/** Attempts to find a position that is not void. A position only becomes void if its record is seconds late while the client resumes. */
const TRIES = 5;

export function createPushToClient(dependencies: PushToClientDependencies) {
  const { clients, history, clock, newId, log } = dependencies;
  const deliver = createDeliver(dependencies);
  const acknowledged = createAcknowledged(dependencies);

  /** Encodes the frame, and voids the position if the frame is too large. @throws Problem */
  async function encodeAt(clientId: string, frame: Frame, position: Position): Promise<string> {
    try {
      return encodeOrProblem(placed(frame, position));
    } catch (error) {
      await history.void(clientId, position);
      throw error;
    }
  }

  /** Takes a position and writes the record before posting. @throws Problem */
  async function takePlace(draft: Draft): Promise<Taken> {
    const { clientId, heldUntil, deadline } = draft;
    for (let tries = 0; tries < TRIES; tries++) {
      const push = await clients.startPush(clientId, heldUntil !== undefined);
      if (!push) throw clientNotFound();
      const { connection, position } = push;
      const frame = frameAt(draft, position);
      const text = await encodeAt(clientId, frame, position);
      const record = recordOfFrame('out', frame, text.length);
      if (heldUntil !== undefined) record.heldUntil = heldUntil;
      const messageId = frame.message_id;
      const item: PlacedItem = { clientId, position, records: [record] };
      if (deadline !== undefined) item.call = callState(messageId, deadline, heldUntil, connection !== undefined);
      if (await history.put(item)) return { messageId, connection, position, text };
    }
    throw new Error('every position taken for a push was voided');
  }

  /** Posts the frame. Removes the record if the post certainly failed. @throws Problem */
  async function post(clientId: string, { position, text }: Taken, connection: ClientConnection, mayBeAway: boolean) {
    try {
      const outcome = await deliver(connection, text);
      if (outcome === 'gone' && !mayBeAway) throw clientGone();
      return outcome;
    } catch (error) {
      if (!mayHaveArrived(error)) await history.remove(clientId, position);
      throw postProblem(error);
    }
  }

  async function push(
    clientId: string,
    message: ServerMessage,
    { messageId: id = newId(), holdSeconds, waitSeconds, deadline, onHeld }: PushOptions,
  ): Promise<Pushed> {
    const begun = clock.now();
    const draft: Draft = {
      clientId,
      frame: frameOf(message, id, isoTime(begun)),
      heldUntil: holdSeconds ? begun + holdSeconds * 1_000 : undefined,
      deadline,
    };
    encodeOrProblem(draft.frame); // rejects most frames that are too large before they take a position
    const taken = await takePlace(draft);
    const { connection, position, messageId } = taken;
    const isGone = connection && (await post(clientId, taken, connection, draft.heldUntil !== undefined)) === 'gone';
    if (!connection || isGone) {
      if (isGone && draft.heldUntil !== undefined) await onHeld?.(position, draft.heldUntil);
      log.info('held', { client_id: clientId });
      return { messageId, position, delivery: 'held' };
    }
    log.info('pushed', { client_id: clientId });
    const until = begun + (waitSeconds ?? 0) * 1_000;
    const isAcknowledged = waitSeconds !== undefined && (await acknowledged(clientId, position, until));
    return { messageId, position, delivery: isAcknowledged ? 'acknowledged' : 'posted' };
  }

  /** @throws Problem */
  return async function pushToClient(
    clientId: string,
    message: ServerMessage,
    options: PushOptions = {},
  ): Promise<Pushed> {
    try {
      return await push(clientId, message, options);
    } catch (error) {
      log.debug('push_failed', { client_id: clientId, reason: problemFrom(error).code });
      throw error;
    }
  };
}

/** A tool call's frame contains the position of its item. */
function frameAt({ clientId, frame, deadline }: Draft, position: Position): Frame {
  if (deadline === undefined) return frame;
  const data = { ...frame.data, call_id: callIdOf({ clientId, position }) };
  return { ...frame, data, message_id: callMessageId(frame.message_id, position.seq) };
}

/** A call that is held for its client expires when the hold ends, unless the client gets it before. */
function callState(messageId: string, deadline: number, heldUntil: number | undefined, isThere: boolean): CallState {
  if (heldUntil === undefined) return { messageId, deadline };
  return { messageId, deadline: isThere ? deadline : Math.min(heldUntil, deadline), answerBy: deadline };
}

/** False if the platform refused the post, so that the client certainly did not get it. */
function mayHaveArrived(error: unknown): boolean {
  return !(error instanceof Problem) && !(error instanceof ConnectionError && error.code !== 'failed');
}
