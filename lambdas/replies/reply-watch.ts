/** Watches a reply while it is generated: for a cancel, a later run, the time limit, and a client that stays away. */
import type { ReplyKey, ReplyState, ReplyStore } from '../ports/reply-store';
import type { Clock, Log } from '../ports/runtime';
import type { TaskContext } from '../ports/tasks';

/** Why a reply ends early. `overtaken`: another run took over. `stopping`: this process is about to end. */
export type ReplyEnd = 'cancelled' | 'overtaken' | 'timed_out' | 'stopping' | 'abandoned';

/** Milliseconds between two reads of the store. Reads cost $0.06 a million; with the read, a cancel stops the model within a second. */
const LOOK_EVERY = 900;

/** Milliseconds between two checks whether the client is connected. */
const LOOK_FOR_CLIENT_EVERY = 10_000;

/** Milliseconds before its timeout at which a task stops, to leave time for storing the reply. */
const TIME_TO_FINISH = 20_000;

/** Milliseconds by which a cancel may be handled before its question: the platform does not keep messages in order. */
const OVERTAKES = 1_000;

export interface ReplyWatchOptions {
  replies: ReplyStore;
  clock: Clock;
  log: Log;
  key: ReplyKey;
  replyId: string;
  run: number;
  /** When the question arrived, in milliseconds since 1970. */
  askedAt: number;
  /** Time limit of the reply, in milliseconds. */
  limitMs: number;
  /** Milliseconds that the client may be away; undefined for no limit. */
  awayMs: number | undefined;
  isClientThere(): Promise<boolean>;
  context: TaskContext;
}

export interface ReplyWatch {
  /** Resolves when the reply has to end. */
  ended: Promise<ReplyEnd>;
  stop(): void;
}

/** True if the client cancelled this question. A cancel of an earlier question with the same id does not count. */
export function isCancelled({ cancelledAt }: ReplyState, askedAt: number): boolean {
  return cancelledAt !== undefined && cancelledAt >= askedAt - OVERTAKES;
}

export function watchReply(options: ReplyWatchOptions): ReplyWatch {
  const { replies, clock, log, key, replyId, run, askedAt, limitMs, awayMs, isClientThere, context } = options;
  let end: (reason: ReplyEnd) => void = () => {};
  const ended = new Promise<ReplyEnd>((resolve) => {
    end = resolve;
  });
  let isStopped = false;
  let lastSeen = clock.now();
  let lookForClientAt = clock.now();

  async function look(): Promise<void> {
    const state = await replies.get(key);
    if (state?.replyId === replyId && state.run > run) return end('overtaken');
    if (state && isCancelled(state, askedAt)) return end('cancelled');
    const now = clock.now();
    if (awayMs === undefined || now < lookForClientAt) return;
    lookForClientAt = now + LOOK_FOR_CLIENT_EVERY;
    if (await isClientThere()) lastSeen = clock.now();
    else if (clock.now() - lastSeen >= awayMs) end('abandoned');
  }

  async function tick(): Promise<void> {
    if (context.getRemainingTimeInMillis() < TIME_TO_FINISH) return end('stopping');
    await look().catch((error) => log.error('reply_look_failed', error, { client_id: key.clientId }));
    if (!isStopped) cancelTick = clock.setTimer(LOOK_EVERY, tick);
  }

  let cancelTick = clock.setTimer(LOOK_EVERY, tick);
  const cancelLimit = clock.setTimer(limitMs, () => end('timed_out'));
  const stopWatching = replies.onCancel?.(key, () => end('cancelled'));

  return {
    ended,
    stop() {
      isStopped = true;
      cancelTick();
      cancelLimit();
      stopWatching?.();
    },
  };
}
