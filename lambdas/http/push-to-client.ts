/** Sends one message to one client: at once, or once it is back. */
import { createDeliver } from '../delivery/deliver';
import { recordOfFrame } from '../delivery/keep';
import type { ClientConnection } from '../ports/client-store';
import { ConnectionError } from '../ports/connections';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { type Frame, frameOf, placed } from '../protocol/codec';
import type { Position } from '../protocol/position';
import { Problem } from '../protocol/problems';
import type { ServerMessage } from '../protocol/server-messages';
import { createAcknowledged } from './acknowledgement';
import { clientGone, clientNotFound, encodeOrProblem, postProblem } from './problems';

export type PushToClientDependencies = Pick<
  Dependencies,
  'clients' | 'history' | 'connections' | 'clock' | 'newId' | 'log'
>;

export interface PushOptions {
  /** Seconds that the message waits for a client that is away; without them it has to be there. */
  holdSeconds?: number | null;
  /** Seconds to wait for the client's acknowledgement. */
  waitSeconds?: number;
}

export interface Pushed {
  messageId: string;
  delivery: 'posted' | 'acknowledged' | 'held';
}

/** A frame at the place that it took. */
interface Taken {
  /** Undefined where the client is away. */
  connection: ClientConnection | undefined;
  position: Position;
  text: string;
}

/** Positions that a push may find void: each takes a record that came seconds late, while its client asked for what it missed. */
const TRIES = 5;

export function createPushToClient(dependencies: PushToClientDependencies) {
  const { clients, history, clock, newId, log } = dependencies;
  const deliver = createDeliver(dependencies);
  const acknowledged = createAcknowledged(dependencies);

  /** Gives the position up where the frame has no room for it. @throws Problem */
  async function encodeAt(clientId: string, frame: Frame, position: Position): Promise<string> {
    try {
      return encodeOrProblem(placed(frame, position));
    } catch (error) {
      await history.void(clientId, position);
      throw error;
    }
  }

  /** Takes a position and writes the record, before the post. @throws Problem */
  async function takePlace(clientId: string, frame: Frame, heldUntil: number | undefined): Promise<Taken> {
    for (let tries = 0; tries < TRIES; tries++) {
      const push = await clients.startPush(clientId, heldUntil !== undefined);
      if (!push) throw clientNotFound();
      const { connection, position } = push;
      const text = await encodeAt(clientId, frame, position);
      const record = recordOfFrame('out', frame, text.length);
      if (heldUntil !== undefined) record.heldUntil = heldUntil;
      if (await history.put({ clientId, position, records: [record] })) return { connection, position, text };
    }
    throw new Error('every position of a push became void');
  }

  /** Removes the record where the post failed for sure. @throws Problem */
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

  /** @throws Problem */
  return async function pushToClient(
    clientId: string,
    message: ServerMessage,
    { holdSeconds, waitSeconds }: PushOptions = {},
  ): Promise<Pushed> {
    const begun = clock.now();
    const frame = frameOf(message, newId(), isoTime(begun));
    encodeOrProblem(frame); // most that is too large takes no position
    const heldUntil = holdSeconds ? begun + holdSeconds * 1_000 : undefined;
    const taken = await takePlace(clientId, frame, heldUntil);
    const { connection, position } = taken;
    const messageId = frame.message_id;
    if (!connection || (await post(clientId, taken, connection, heldUntil !== undefined)) === 'gone') {
      log.info('held', { client_id: clientId });
      return { messageId, delivery: 'held' };
    }
    log.info('pushed', { client_id: clientId });
    const until = begun + (waitSeconds ?? 0) * 1_000;
    const isAcknowledged = waitSeconds !== undefined && (await acknowledged(clientId, position, until));
    return { messageId, delivery: isAcknowledged ? 'acknowledged' : 'posted' };
  };
}

/** False where the platform refused the post, so that no client can have it. */
function mayHaveArrived(error: unknown): boolean {
  return !(error instanceof Problem) && !(error instanceof ConnectionError && error.code !== 'failed');
}
