/** Sends one message to everybody who is connected: page by page, a bounded number at a time, and one failure stops nobody else's. */
import type { Connections } from '../connections/connections';
import type { Frame } from '../protocol/codec';
import { type Clock, isoTime, type Log, type NewId } from '../runtime';
import { keep, recordOfFrame } from '../sessions/record';
import type { HistoryRecord, Session, SessionStore } from '../sessions/session-store';
import type { Broadcast, BroadcastStore } from './broadcast-store';

/** Sessions read at a time, and posts under way at a time. */
const PAGE_SIZE = 500;
const CONCURRENCY = 50;

export interface BroadcastDependencies {
  sessions: SessionStore;
  connections: Connections;
  broadcasts: BroadcastStore;
  clock: Clock;
  newId: NewId;
  log: Log;
}

export function createBroadcast({ sessions, connections, broadcasts, clock, newId, log }: BroadcastDependencies) {
  async function deliver({ clientId, connectionId }: Session, text: string): Promise<'delivered' | 'gone' | 'failed'> {
    try {
      const outcome = await connections.post(connectionId, text);
      if (outcome === 'gone') await sessions.close(clientId, connectionId);
      return outcome;
    } catch (error) {
      log.error('broadcast_post_failed', error, { client_id: clientId });
      return 'failed';
    }
  }

  /** Tries a page of sessions, counts what came of each, and keeps the message for those that got it. */
  async function deliverPage(page: Session[], frame: Frame, text: string, counts: Broadcast): Promise<void> {
    const waiting = page.values();
    const kept: HistoryRecord[] = [];
    async function worker() {
      for (const session of waiting) {
        const outcome = await deliver(session, text);
        counts[outcome] += 1;
        if (outcome === 'delivered') kept.push(recordOfFrame(session.clientId, 'out', frame, text.length));
      }
    }
    counts.recipients += page.length;
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await keep(kept, sessions, log);
  }

  return async function broadcast(frame: Frame, text: string): Promise<Broadcast> {
    const state: Broadcast = {
      broadcastId: newId(),
      messageId: frame.message_id,
      recipients: 0,
      delivered: 0,
      gone: 0,
      failed: 0,
      startedAt: isoTime(clock.now()),
    };
    let cursor: string | undefined;
    do {
      const page = await sessions.list({ limit: PAGE_SIZE, cursor });
      await deliverPage(page.rows, frame, text, state);
      cursor = page.cursor;
    } while (cursor !== undefined);
    state.finishedAt = isoTime(clock.now());
    await broadcasts.save(state);
    log.info('broadcast', { recipients: state.recipients, delivered: state.delivered, gone: state.gone });
    return state;
  };
}
