/** What differs between the two ways to run here: where sessions live, and how a push reaches a connection. */
import type { BroadcastStore } from '../lambdas/broadcasts/broadcast-store';
import type { Connections } from '../lambdas/connections/connections';
import type { SessionStore } from '../lambdas/sessions/session-store';

export interface Host {
  sessions: SessionStore;
  broadcasts: BroadcastStore;
  connections: Connections;
  /** For people, at the start: where the data is. */
  description: string;
  /** Told where `@connections` is, once the port is open and before anybody can connect. */
  listening(connectionsUrl: string): void;
  stop(): Promise<void>;
}
