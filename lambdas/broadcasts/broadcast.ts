/** Sends one message to all online clients of an audience: inline if there are few, otherwise in background tasks. */
import type { Counts } from '../ports/broadcast-store';
import type { Audience, ClientConnection } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { type BroadcastMessage, createDeliverPage } from './deliver-page';
import { createRecipients } from './recipients';
import type { BroadcastSegmentTask } from './segment';

/** Largest audience that is sent to inline: 10 rounds of 50 posts, less than a second. */
const MAX_INLINE = 500;

/**
 * Number of tasks for a larger audience. Fixed, because counting first would read the whole index.
 *
 * An account may make 10,000 @connections calls a second. A post costs a task up to 0.9 ms of CPU, because the SDK signs each one. So a
 * task with its own vCPU (1,769 MB) posts to 1,100 clients a second, and 16 tasks to 17,000. The surplus covers starts, reads, history
 * and checkpoints. With a million clients a task has 62,500: under 2 of its 15 minutes. `npm run simulate` shows all of it.
 */
export const SEGMENTS = 16;

export type BroadcastDependencies = Pick<
  Dependencies,
  'clients' | 'groups' | 'history' | 'broadcasts' | 'connections' | 'tasks' | 'clock' | 'newId' | 'log'
>;

export interface BroadcastOutcome {
  broadcastId: string;
  /** Omitted if the broadcast continues in the background. */
  counts?: Counts;
}

export function createBroadcast(dependencies: BroadcastDependencies) {
  const { broadcasts, tasks, clock, newId, log } = dependencies;
  const recipientsOf = createRecipients(dependencies);
  const deliverPage = createDeliverPage(dependencies);

  /** The audience, or undefined if it is too large to send inline. */
  async function smallAudience(audience: Audience): Promise<ClientConnection[] | undefined> {
    const rows: ClientConnection[] = [];
    let seen = 0;
    let cursor: string | undefined;
    do {
      const page = await recipientsOf(audience, { limit: MAX_INLINE + 1, cursor });
      rows.push(...page.rows);
      seen += page.seen;
      if (seen > MAX_INLINE) return undefined;
      cursor = page.cursor;
    } while (cursor !== undefined);
    return rows;
  }

  async function sendInline(
    broadcastId: string,
    message: BroadcastMessage,
    audience: Audience,
    recipients: ClientConnection[],
  ): Promise<Counts> {
    const startedAt = isoTime(clock.now());
    const counts = await deliverPage(recipients, message, 'at_most_once');
    const progress = { ...counts, pages: 1, finished: true, at: isoTime(clock.now()), run: newId() };
    try {
      await broadcasts.save({ broadcastId, messageId: message.frame.message_id, startedAt, audience, segments: 1 });
      await broadcasts.checkpoint(broadcastId, 0, progress);
    } catch (error) {
      // Do not fail the call: the message was sent, and the caller would send it again.
      log.error('broadcast_record_failed', error, { broadcast_id: broadcastId });
    }
    log.info('broadcast', { ...counts });
    return counts;
  }

  async function startTasks(broadcastId: string, { frame, text }: BroadcastMessage, audience: Audience): Promise<void> {
    const startedAt = isoTime(clock.now());
    await broadcasts.save({ broadcastId, messageId: frame.message_id, startedAt, audience, segments: SEGMENTS, text });
    const starts = Array.from({ length: SEGMENTS }, (_, segment) =>
      tasks.start<BroadcastSegmentTask>({ task: 'broadcast_segment', broadcastId, segment }),
    );
    // allSettled: if a Lambda function returned during a call, the call would be frozen with it.
    const failed = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    log.info('broadcast_started', { broadcast_id: broadcastId });
  }

  /**
   * @param position  position in the broadcast log, same as in the frame
   */
  return async function broadcast(
    message: BroadcastMessage,
    position: string,
    audience: Audience,
  ): Promise<BroadcastOutcome> {
    const broadcastId = newId();
    const { kind, ...group } = audience.kind === 'group' ? audience : { kind: audience.kind };
    await broadcasts.log({ position, text: message.text, ...group }); // before any post, so that clients that are away get it from the log
    const recipients = await smallAudience(audience);
    if (recipients) return { broadcastId, counts: await sendInline(broadcastId, message, audience, recipients) };
    await startTasks(broadcastId, message, audience);
    return { broadcastId };
  };
}
