/** Fakes for a handler's dependencies, with only as much behaviour as a test specifies. */
import type { AnswerStore } from '../../lambdas/ports/answer-store';
import type { App } from '../../lambdas/ports/app';
import type { BroadcastStore } from '../../lambdas/ports/broadcast-store';
import type { CallStore } from '../../lambdas/ports/call-store';
import type { ClientConnection, ClientStore } from '../../lambdas/ports/client-store';
import type { Connections } from '../../lambdas/ports/connections';
import type { ConnectionLimits } from '../../lambdas/ports/dependencies';
import type { GroupStore } from '../../lambdas/ports/group-store';
import { type Clock, type Log, type LogFields, newUuid, systemClock } from '../../lambdas/ports/runtime';
import type { Task, Tasks } from '../../lambdas/ports/tasks';
import { NO_TOOLS } from '../../lambdas/ports/tool-source';
import { describeTools } from '../../lambdas/protocol/tool-descriptions';
import type { MessageDependencies } from '../../lambdas/websocket/message';
import { createMemoryAnswers } from '../../local/memory/memory-answers';
import { createMemoryBroadcasts } from '../../local/memory/memory-broadcasts';
import { createMemoryCalls } from '../../local/memory/memory-calls';
import { createMemoryClientTools } from '../../local/memory/memory-client-tools';
import { createMemoryClients } from '../../local/memory/memory-clients';
import { createMemoryGroups } from '../../local/memory/memory-groups';
import { MemoryHistory, type MemoryHistoryOptions } from '../../local/memory/memory-history';
import { createMemoryPresence } from '../../local/memory/memory-presence';
import { createMemoryReplies } from '../../local/memory/memory-replies';
import { testApp } from './test-app';

export interface LoggedError {
  event: string;
  cause: unknown;
}

export interface RecordingLog extends Log {
  errors: LoggedError[];
  infos: string[];
  warnings: string[];
  debugs: { event: string; fields?: LogFields }[];
}

export function createRecordingLog(): RecordingLog {
  const errors: LoggedError[] = [];
  const infos: string[] = [];
  const warnings: string[] = [];
  const debugs: RecordingLog['debugs'] = [];
  return {
    errors,
    infos,
    warnings,
    debugs,
    debug: (event, fields) => void debugs.push({ event, fields }),
    info: (event) => void infos.push(event),
    warn: (event) => void warnings.push(event),
    error: (event, cause) => void errors.push({ event, cause }),
  };
}

export interface RecordingConnections extends Connections {
  posts: { connectionId: string; frame: { type: string; message_id: string } }[];
  closed: string[];
}

/** Connections that record posts; `answer` decides the outcome of each post. */
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
    async isOpen(connectionId) {
      return answer(connectionId) === 'delivered';
    },
    async close(connectionId) {
      closed.push(connectionId);
      const outcome = answer(connectionId);
      if (outcome instanceof Error) throw outcome;
      return outcome === 'delivered' ? 'closed' : 'gone';
    },
  };
}

/** Tasks that record what was started, and run nothing. */
export function createRecordingTasks(): Tasks & { started: Task[] } {
  const started: Task[] = [];
  return {
    started,
    async start(task) {
      started.push(task);
    },
  };
}

/** A client's connection, named `on-` and the client's id, old enough for a 410 to be believed. */
export function connectionOf(clientId: string): ClientConnection {
  return {
    clientId,
    connectionId: `on-${clientId}`,
    connectedAt: new Date(Date.now() - 600_000).toISOString(),
    labels: [],
  };
}

export async function connectClients(clients: ClientStore, clientIds: readonly string[]): Promise<void> {
  for (const clientId of clientIds) await clients.connect(connectionOf(clientId));
}

export function createTestClients(): ClientStore {
  return createMemoryClients({ clock: systemClock, historySeconds: 60 });
}

export function createTestAnswers(clock: Clock = systemClock): AnswerStore {
  return createMemoryAnswers({ clock });
}

export function createTestHistory(changes: Partial<MemoryHistoryOptions> = {}): MemoryHistory {
  return new MemoryHistory({
    clock: systemClock,
    historySeconds: 60,
    historyPerClient: 1_000,
    historyTotalBytes: 64 * 1_048_576,
    ...changes,
  });
}

/** Calls that are items of this history. */
export function createTestCalls(history: MemoryHistory, clock: Clock = systemClock): CallStore {
  return createMemoryCalls({ history, clock, historySeconds: 60 });
}

export function createTestBroadcasts(limit?: number): BroadcastStore {
  return createMemoryBroadcasts({ clock: systemClock, historySeconds: 60, ...(limit !== undefined && { limit }) });
}

export function createTestGroups(): GroupStore {
  return createMemoryGroups({ clock: systemClock });
}

/** Dependencies of handlers if no group can be watched. */
export function noPresence() {
  return { groups: createTestGroups(), presence: createMemoryPresence({ clock: systemClock }), presenceGroups: [] };
}

/** As for a platform that closes connections after two hours. */
export const TEST_CONNECTION_LIMITS: ConnectionLimits = {
  heartbeatSeconds: 45,
  maxFrameBytes: 32_768,
  resumableSeconds: 60,
  lifetimeSeconds: 7_200,
};

type Changes = Partial<Omit<MessageDependencies, 'connections' | 'app' | 'tasks'>> & {
  connections?: RecordingConnections;
  app?: Partial<App>;
};

export function messageDependencies({ app, ...changes }: Changes = {}) {
  const history = createTestHistory();
  return {
    clients: createTestClients(),
    history,
    calls: createTestCalls(history, changes.clock),
    clientTools: createMemoryClientTools({ clock: systemClock }),
    mcpTools: NO_TOOLS,
    toolDescriptions: describeTools(app?.tools ?? testApp.tools),
    broadcasts: createTestBroadcasts(),
    ...noPresence(),
    replies: createMemoryReplies({ clock: systemClock }),
    repliesInTask: false,
    tasks: createRecordingTasks(),
    secrets: { get: async (name: string) => `secret of ${name}` },
    appSettings: {},
    clock: systemClock,
    newId: newUuid,
    log: createRecordingLog(),
    ...changes,
    connections: changes.connections ?? createRecordingConnections(),
    app: { ...testApp, ...app },
  };
}
