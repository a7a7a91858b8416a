/** Sends one message to everybody who is connected: at once where they are few, and by background tasks where they are many. */
import type { Tasks } from '../background/tasks';
import { type Clock, isoTime, type NewId } from '../runtime';
import type { Session } from '../sessions/session-store';
import type { BroadcastStore } from './broadcast-store';
import type { Counts } from './counts';
import { type BroadcastMessage, createDeliverPage, type DeliverPageDependencies } from './deliver-page';

/** The most clients that a call sends to itself: 10 rounds of 50 posts, so that its caller waits for less than a second. */
const MOST_INLINE = 500;

/**
 * Tasks of a broadcast to more: fixed, as counting the sessions first would read the whole table.
 *
 * An account may make 10,000 calls of @connections a second, whoever makes them. A session costs a task up to 0.9 ms of a core
 * (the SDK signs each post), so one with a core of its own, which is a function of 1,769 MB, does 1,100 in a second, and
 * 16 do 17,000. They need some more than the rate: a task does not post while it starts, reads a page, and writes history and
 * checkpoint. Fewer tasks would be at the mercy of a slower processor, and more reach nobody sooner. A million clients
 * are 62,500 a task: less than 2 minutes of the 15 that it has. `npm run simulate` shows all of it.
 */
const SEGMENTS = 16;

export interface BroadcastDependencies extends DeliverPageDependencies {
  broadcasts: BroadcastStore;
  tasks: Tasks;
  clock: Clock;
  newId: NewId;
}

export interface BroadcastOutcome {
  broadcastId: string;
  /** Absent where it goes on in the background. */
  counts?: Counts;
}

export function createBroadcast(dependencies: BroadcastDependencies) {
  const { sessions, broadcasts, tasks, clock, newId, log } = dependencies;
  const deliverPage = createDeliverPage(dependencies);

  /** Everybody, or undefined where they are too many. One page tells, unless it is full of sessions that have ended. */
  async function fewSessions(): Promise<Session[] | undefined> {
    const rows: Session[] = [];
    let cursor: string | undefined;
    do {
      const page = await sessions.list({ limit: MOST_INLINE + 1, cursor });
      rows.push(...page.rows);
      if (rows.length > MOST_INLINE) return undefined;
      cursor = page.cursor;
    } while (cursor !== undefined);
    return rows;
  }

  async function sendInline(broadcastId: string, message: BroadcastMessage, everybody: Session[]): Promise<Counts> {
    const startedAt = isoTime(clock.now());
    const counts = await deliverPage(everybody, message, 'brief');
    const progress = { ...counts, pages: 1, finished: true, at: isoTime(clock.now()), run: newId() };
    try {
      await broadcasts.save({ broadcastId, messageId: message.frame.message_id, startedAt, segments: 1 });
      await broadcasts.checkpoint(broadcastId, 0, progress);
    } catch (error) {
      // No error of the call: everybody has the message, and its sender would send it once more.
      log.error('broadcast_record_failed', error, { broadcast_id: broadcastId });
    }
    log.info('broadcast', { ...counts });
    return counts;
  }

  async function startTasks(broadcastId: string, { frame, text }: BroadcastMessage): Promise<void> {
    const startedAt = isoTime(clock.now());
    await broadcasts.save({ broadcastId, messageId: frame.message_id, startedAt, segments: SEGMENTS, text });
    const starts = Array.from({ length: SEGMENTS }, (_, segment) =>
      tasks.start({ task: 'broadcast_segment', broadcastId, segment }),
    );
    // Settled, not all: a Lambda function that answers while a call is under way freezes with it.
    const failed = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    log.info('broadcast_started', { broadcast_id: broadcastId });
  }

  return async function broadcast(message: BroadcastMessage): Promise<BroadcastOutcome> {
    const broadcastId = newId();
    const everybody = await fewSessions();
    if (everybody) return { broadcastId, counts: await sendInline(broadcastId, message, everybody) };
    await startTasks(broadcastId, message);
    return { broadcastId };
  };
}
