/** What differs between the two ways to run here: where sessions live, how a push reaches a connection, how a task starts. */
import type { KeySource } from '../lambdas/access/keys';
import type { Tasks } from '../lambdas/background/tasks';
import type { BroadcastStore } from '../lambdas/broadcasts/broadcast-store';
import type { Connections } from '../lambdas/connections/connections';
import type { SessionStore } from '../lambdas/sessions/session-store';

/** What handlers are given of the world. */
export interface Adapters {
  sessions: SessionStore;
  broadcasts: BroadcastStore;
  connections: Connections;
  tasks: Tasks;
  /** Read where AUTH=token. */
  apiKeys: KeySource;
  signingKeys: KeySource;
}

export interface Host {
  /** @param name  of a function, such as `websocket/connect`: on the wire each has clients of its own, as it has on AWS */
  adaptersFor(name: string): Adapters;
  /** For people, at the start: where the data is. */
  description: string;
  /** Told where `@connections` is, once the port is open and before anybody can connect. */
  listening(connectionsUrl: string): void;
  /** Lets tasks end where they can, for so long, and begins no more. */
  stopTasks(graceMilliseconds: number): Promise<void>;
  stop(): Promise<void>;
}
