/** Stand-ins for what a handler is given, each with just as much behaviour as a test says. */
import type { Task, Tasks } from '../../lambdas/background/tasks';
import type { Connections } from '../../lambdas/connections/connections';
import { echo } from '../../lambdas/messages/responder';
import { messageTypes } from '../../lambdas/messages/table';
import { type Log, type LogFields, newUuid, systemClock } from '../../lambdas/runtime';
import { createMemorySessions } from '../../lambdas/sessions/memory-sessions';
import type { SessionStore } from '../../lambdas/sessions/session-store';
import { createCallTool } from '../../lambdas/tools/call-tool';
import { tools } from '../../lambdas/tools/table';
import type { MessageDependencies } from '../../lambdas/websocket/message';

export interface LoggedError {
  event: string;
  cause: unknown;
}

export interface RecordingLog extends Log {
  errors: LoggedError[];
  infos: string[];
  debugs: { event: string; fields?: LogFields }[];
}

export function createRecordingLog(): RecordingLog {
  const errors: LoggedError[] = [];
  const infos: string[] = [];
  const debugs: RecordingLog['debugs'] = [];
  return {
    errors,
    infos,
    debugs,
    debug: (event, fields) => void debugs.push({ event, fields }),
    info: (event) => void infos.push(event),
    error: (event, cause) => void errors.push({ event, cause }),
  };
}

export interface RecordingConnections extends Connections {
  posts: { connectionId: string; frame: { type: string; message_id: string } }[];
  closed: string[];
}

/** Connections that remember what was posted; `answer` decides what comes of each post. */
export function createRecordingConnections(
  answer: (connectionId: string) => 'delivered' | 'gone' | Error = () => 'delivered',
): RecordingConnections {
  const posts: RecordingConnections['posts'] = [];
  const closed: string[] = [];
  return {
    posts,
    closed,
    async post(connectionId, text) {
      posts.push({ connectionId, frame: JSON.parse(text) });
      const outcome = answer(connectionId);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    async close(connectionId) {
      closed.push(connectionId);
      const outcome = answer(connectionId);
      if (outcome instanceof Error) throw outcome;
      return outcome === 'delivered' ? 'closed' : 'gone';
    },
  };
}

/** Tasks that remember what was started, and run nothing. */
export function createRecordingTasks(): Tasks & { started: Task[] } {
  const started: Task[] = [];
  return {
    started,
    async start(task) {
      started.push(task);
    },
  };
}

/** Opens sessions, each on the connection `on-` and its client's id. */
export async function openSessions(sessions: SessionStore, clientIds: readonly string[]): Promise<void> {
  const at = '2024-01-01T00:00:00.000Z';
  for (const clientId of clientIds) {
    const connectionId = `on-${clientId}`;
    await sessions.open({ clientId, connectionId, connectedAt: at, lastActivity: at, messageCount: 0 });
  }
}

export function createTestSessions(): SessionStore {
  return createMemorySessions({
    clock: systemClock,
    historySeconds: 60,
    historyPerClient: 1_000,
    historyTotalBytes: 64 * 1_048_576,
  });
}

type Changes = Partial<Omit<MessageDependencies, 'connections'>> & { connections?: RecordingConnections };

export function messageDependencies(changes: Changes = {}) {
  const log = createRecordingLog();
  const connections = changes.connections ?? createRecordingConnections();
  return {
    messageTypes,
    responder: echo,
    callTool: createCallTool(tools, log),
    sessions: createTestSessions(),
    replyBy: 'route_response' as const,
    clock: systemClock,
    newId: newUuid,
    log,
    ...changes,
    connections,
  };
}
