/** The broadcast segment task: sends a broadcast to one share of the clients, page by page, with a checkpoint after each page. */
import type { Progress } from '../ports/broadcast-store';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import type { Task, TaskContext } from '../ports/tasks';
import type { Frame } from '../protocol/codec';
import { parseJson } from '../protocol/json';
import { addCounts, NO_COUNTS } from './counts';
import { createDeliverPage } from './deliver-page';
import { createRecipients } from './recipients';

/** Sends a broadcast to one segment of the clients, starting at its last checkpoint. */
export interface BroadcastSegmentTask extends Task {
  task: 'broadcast_segment';
  broadcastId: string;
  /** 0 to the broadcast's number of segments - 1. */
  segment: number;
}

/** Clients per page. A killed task repeats its page, so a page takes about a second of posts; a checkpoint is one write. */
const PAGE_SIZE = 500;

/** Milliseconds that must be left to start a page. A page takes a second, or minutes if every post is throttled until its last retry. */
const TIME_FOR_A_PAGE = 60_000;

const NOTHING_DONE: Progress = { ...NO_COUNTS, pages: 0, finished: false, at: '', run: '' };

export type BroadcastSegmentDependencies = Pick<
  Dependencies,
  'clients' | 'groups' | 'history' | 'broadcasts' | 'connections' | 'tasks' | 'clock' | 'newId' | 'log'
>;

/**
 * Idempotent: a run continues from the last checkpoint, and of two concurrent runs one stops at its next checkpoint. Every
 * client gets the message at least once and is counted once. Lambda stops a function that has started itself 16 times in a
 * row: after 4 hours, and more than 100 million clients.
 */
export function create(dependencies: BroadcastSegmentDependencies) {
  const { broadcasts, tasks, clock, newId, log } = dependencies;
  const recipientsOf = createRecipients(dependencies);
  const deliverPage = createDeliverPage(dependencies);

  return async function broadcastSegment(task: BroadcastSegmentTask, context: TaskContext): Promise<void> {
    const { broadcastId, segment } = task;
    const fields = { broadcast_id: broadcastId, segment };
    const { broadcast, progress = [] } = (await broadcasts.get(broadcastId)) ?? {};
    if (!broadcast) return log.error('broadcast_unknown', new Error('unknown broadcast'), fields);
    if (broadcast.text === undefined) return log.info('broadcast_finished', fields);
    const message = { frame: parseJson(broadcast.text) as Frame, text: broadcast.text };
    const share = { index: segment, total: broadcast.segments };
    const run = newId();

    let done = progress[segment] ?? NOTHING_DONE;
    while (!done.finished) {
      const { rows, cursor } = await recipientsOf(broadcast.audience, { limit: PAGE_SIZE, cursor: done.cursor }, share);
      const counts = addCounts(done, await deliverPage(rows, message, 'at_least_once'));
      const at = isoTime(clock.now());
      done = { ...counts, pages: done.pages + 1, cursor, finished: cursor === undefined, at, run };
      if (!(await broadcasts.checkpoint(broadcastId, segment, done))) return log.info('broadcast_overtaken', fields);
      if (done.finished) return log.info('broadcast_segment', { ...fields, ...counts });
      if (context.getRemainingTimeInMillis() < TIME_FOR_A_PAGE) {
        await tasks.start(task);
        return log.info('broadcast_handed_on', fields);
      }
    }
  };
}
