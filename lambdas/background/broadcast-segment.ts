/** The broadcast segment task: sends a broadcast to its share of the sessions, page by page, from checkpoint to checkpoint. */
import type { BroadcastStore, Progress } from '../broadcasts/broadcast-store';
import { addCounts, NO_COUNTS } from '../broadcasts/counts';
import { createDeliverPage, type DeliverPageDependencies } from '../broadcasts/deliver-page';
import { type Clock, isoTime, type NewId } from '../runtime';
import type { BroadcastSegmentTask, Tasks } from './tasks';

/**
 * Sessions read at a time. A task that is killed sends its page again, so a page is a second of posts and no more; and a
 * checkpoint a page is a write for 500 posts.
 */
const PAGE_SIZE = 500;

/**
 * Milliseconds that have to be left for another page. It takes a second; where the platform throttles every post to the end,
 * 500 posts take 5 minutes at worst, and then the next run sends this page again.
 */
const TIME_FOR_A_PAGE = 60_000;

const NOTHING_DONE: Progress = { ...NO_COUNTS, pages: 0, finished: false, at: '', run: '' };

export interface BroadcastSegmentDependencies extends DeliverPageDependencies {
  broadcasts: BroadcastStore;
  tasks: Tasks;
  clock: Clock;
  newId: NewId;
}

/**
 * Safe to run again, or twice at the same time: it goes on from the last checkpoint, and of two runs one stops at the
 * other's. Every client gets the message at least once, and is counted once. Lambda ends a function that has started itself
 * 16 times in a row: after 4 hours, and more than 100 million clients.
 */
export function createBroadcastSegment(dependencies: BroadcastSegmentDependencies) {
  const { sessions, broadcasts, tasks, clock, newId, log } = dependencies;
  const deliverPage = createDeliverPage(dependencies);

  /** @param timeLeft  milliseconds that this run may still take */
  return async function broadcastSegment(task: BroadcastSegmentTask, timeLeft: () => number): Promise<void> {
    const { broadcastId, segment } = task;
    const fields = { broadcast_id: broadcastId, segment };
    const { broadcast, progress = [] } = (await broadcasts.get(broadcastId)) ?? {};
    if (!broadcast)
      return log.error('broadcast_unknown', new Error('its record is gone: nobody gets it any more'), fields);
    if (broadcast.text === undefined) return log.info('broadcast_finished', fields);
    const message = { frame: JSON.parse(broadcast.text), text: broadcast.text };
    const share = { index: segment, total: broadcast.segments };
    const run = newId();

    let done = progress[segment] ?? NOTHING_DONE;
    while (!done.finished) {
      const { rows, cursor } = await sessions.list({ limit: PAGE_SIZE, cursor: done.cursor }, share);
      const counts = addCounts(done, await deliverPage(rows, message, 'long'));
      const at = isoTime(clock.now());
      done = { ...counts, pages: done.pages + 1, cursor, finished: cursor === undefined, at, run };
      if (!(await broadcasts.checkpoint(broadcastId, segment, done))) return log.info('broadcast_overtaken', fields);
      if (done.finished) return log.info('broadcast_segment', { ...fields, ...counts });
      if (timeLeft() < TIME_FOR_A_PAGE) {
        await tasks.start(task);
        return log.info('broadcast_handed_on', fields);
      }
    }
  };
}
