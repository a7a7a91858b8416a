/** Sends one message to many named clients in parallel; a client that cannot be reached does not affect the others. */
import type { Clock, Log, NewId } from '../ports/runtime';
import { isoTime } from '../ports/runtime';
import { frameOf } from '../protocol/codec';
import { Problem } from '../protocol/problems';
import type { ServerMessage } from '../protocol/server-messages';
import type { KeyedIds } from './idempotency';
import { encodeOrProblem, problemFrom } from './problems';
import type { createPushToClient, PushOptions } from './push-to-client';

/** Pushes in flight: the number of the SDK's sockets. */
const CONCURRENCY = 50;

/** Milliseconds after which no more pushes start, so that the caller gets an answer before the platform times out. */
const TIME_TO_BEGIN = 15_000;

export interface PushResult {
  clientId: string;
  status: 'posted' | 'held' | 'failed';
  messageId?: string;
  /** Set if the push failed. */
  problem?: Problem;
}

export function createPushToMany(
  pushToClient: ReturnType<typeof createPushToClient>,
  { clock, newId, log }: { clock: Clock; newId: NewId; log: Log },
) {
  /**
   * @returns a result per client, in order of first mention. @throws Problem `payload_too_large`
   */
  return async function pushToMany(
    clientIds: readonly string[],
    message: ServerMessage,
    options: Pick<PushOptions, 'holdSeconds'>,
    ids?: KeyedIds,
  ): Promise<PushResult[]> {
    const begun = clock.now();
    encodeOrProblem(frameOf(message, newId(), isoTime(begun)));
    const distinct = [...new Set(clientIds)];
    const results: PushResult[] = [];
    const waiting = distinct.entries();
    let cause: unknown;

    async function resultOf(clientId: string): Promise<PushResult> {
      if (clock.now() - begun > TIME_TO_BEGIN) {
        const problem = new Problem('unavailable', 'Not sent: the call took too long. Send it to this client again.');
        return { clientId, status: 'failed', problem };
      }
      try {
        const { messageId, delivery } = await pushToClient(clientId, message, {
          ...options,
          messageId: ids?.(clientId),
        });
        return { clientId, status: delivery === 'held' ? 'held' : 'posted', messageId };
      } catch (error) {
        const problem = problemFrom(error);
        if (problem.status >= 500) cause = error;
        return { clientId, status: 'failed', problem };
      }
    }

    async function worker(): Promise<void> {
      for (const [at, clientId] of waiting) results[at] = await resultOf(clientId);
    }

    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    if (cause !== undefined) log.error('pushes_failed', cause); // one line for all
    return results;
  };
}
