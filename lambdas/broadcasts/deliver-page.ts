/** Posts one message to a page of sessions: a bounded number at a time, and one that can't be reached stops no other. */
import type { Connections, Patience } from '../connections/connections';
import type { Frame } from '../protocol/codec';
import type { Log } from '../runtime';
import { keep, recordOfFrame } from '../sessions/record';
import type { HistoryRecord, Session, SessionStore } from '../sessions/session-store';
import { type Counts, NO_COUNTS } from './counts';

/** Posts under way at a time: as many as the SDK has sockets. Those of patience `long` have a bound of their own beside it, `call-window.ts`. */
const CONCURRENCY = 50;

export interface DeliverPageDependencies {
  sessions: SessionStore;
  connections: Connections;
  log: Log;
}

/** A frame, and the text of it that goes out. */
export interface BroadcastMessage {
  frame: Frame;
  text: string;
}

export type DeliverPage = (page: readonly Session[], message: BroadcastMessage, patience: Patience) => Promise<Counts>;

/** Those that have left lose their sessions, and those that got the message have it in their history. */
export function createDeliverPage({ sessions, connections, log }: DeliverPageDependencies): DeliverPage {
  async function remove({ clientId, connectionId }: Session): Promise<void> {
    try {
      await sessions.close(clientId, connectionId);
    } catch (error) {
      log.error('session_close_failed', error, { client_id: clientId }); // it ends by itself, in two hours
    }
  }

  return async function deliverPage(page, { frame, text }, patience) {
    const counts: Counts = { ...NO_COUNTS, recipients: page.length };
    const kept: HistoryRecord[] = [];
    const waiting = page.values();
    let cause: unknown;

    async function deliver(session: Session): Promise<'delivered' | 'gone' | 'failed'> {
      try {
        return await connections.post(session.connectionId, text, patience);
      } catch (error) {
        cause = error;
        return 'failed';
      }
    }

    async function worker(): Promise<void> {
      for (const session of waiting) {
        const outcome = await deliver(session);
        counts[outcome] += 1;
        if (outcome === 'gone') await remove(session);
        if (outcome === 'delivered') kept.push(recordOfFrame(session.clientId, 'out', frame, text.length));
      }
    }

    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await keep(kept, sessions, log);
    // One line a page: a platform that is down fails a million times.
    if (counts.failed > 0) log.error('broadcast_posts_failed', cause, { failed: counts.failed });
    return counts;
  };
}
