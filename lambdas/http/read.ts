/** Calls that look at what is there: status, clients, history, broadcasts. Needs to read the stores, and nothing else. */
import type { BroadcastStore } from '../broadcasts/broadcast-store';
import { summaryOf } from '../broadcasts/broadcast-summary';
import { createHttpHandler, type Operations } from '../gateway/http-handler';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { type Clock, isoTime, type Log } from '../runtime';
import type { SessionStore } from '../sessions/session-store';
import { bodyOfBroadcast, bodyOfRecord, bodyOfSession } from './bodies';
import { clientNotFound, pageOrProblem } from './problems';

export interface ReadDependencies {
  sessions: SessionStore;
  broadcasts: BroadcastStore;
  version: string;
  /** When this server began, milliseconds since 1970. */
  startedAt: number;
  clock: Clock;
  log: Log;
}

export function createRead({ sessions, broadcasts, version, startedAt, clock, log }: ReadDependencies) {
  const operations: Operations<RouteKeyOf<'http/read'>> = {
    async 'GET /status'() {
      const now = clock.now();
      return {
        body: {
          status: 'running',
          connected_clients: await sessions.count(),
          server_time: isoTime(now),
          version,
          uptime_seconds: Math.floor((now - startedAt) / 1_000),
        },
      };
    },

    async 'GET /clients'({ query }) {
      const [page, total] = await Promise.all([pageOrProblem(sessions.list(query)), sessions.count()]);
      return { body: { clients: page.rows.map(bodyOfSession), total, next_cursor: page.cursor } };
    },

    async 'GET /clients/{client_id}'({ path }) {
      const session = await sessions.get(path.client_id);
      if (!session) throw clientNotFound();
      return { body: bodyOfSession(session) };
    },

    async 'GET /clients/{client_id}/messages'({ path, query }) {
      const { rows, cursor } = await pageOrProblem(sessions.history(path.client_id, query));
      // A client that has left still has its history; only one that nobody has heard of is not found.
      if (rows.length === 0 && !(await sessions.get(path.client_id))) throw clientNotFound();
      return { body: { messages: rows.map(bodyOfRecord), next_cursor: cursor } };
    },

    async 'GET /broadcasts/{broadcast_id}'({ path }) {
      const state = await broadcasts.get(path.broadcast_id);
      if (!state) {
        throw new Problem(
          'broadcast_not_found',
          'No broadcast has this broadcast_id; POST /broadcast answers with one.',
        );
      }
      return { body: bodyOfBroadcast(summaryOf(state, clock.now())) };
    },
  };
  return createHttpHandler(operations, log);
}
