/** What differs between the two ways to run here: where data lives, how a push reaches a connection, how a task starts. */
import type { Dependencies } from '../lambdas/ports/dependencies';
import type { FunctionName } from '../lambdas/routes';

export type HostDependencies = Pick<
  Dependencies,
  | 'clients'
  | 'history'
  | 'broadcasts'
  | 'groups'
  | 'answers'
  | 'records'
  | 'calls'
  | 'clientTools'
  | 'replies'
  | 'deltaIntervalMs'
  | 'connections'
  | 'tasks'
  | 'eventDelivery'
  | 'apiKeys'
  | 'signingKeys'
>;

export interface Host {
  /** On the wire each function has SDK clients of its own, as on AWS. */
  dependenciesOf(name: FunctionName): HostDependencies;
  /** For people, at the start: where the data is. */
  description: string;
  /** Told where `@connections` is, if anywhere, once the port is open and before anybody can connect. */
  listening(connectionsUrl: string | undefined): void;
  /** Tasks under way or waiting to be tried again. */
  runningTasks(): number;
  /** How many clients are online by each of their labels. */
  countLabels(): Promise<Map<string, number>>;
  /** Resolves where the store works. @throws UnavailableError */
  probeStore(): Promise<unknown>;
  /** Starts no more tasks, and waits for the running ones, up to the grace. */
  stopTasks(graceMilliseconds: number): Promise<void>;
  stop(): Promise<void>;
}
