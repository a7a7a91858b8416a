/** The differences between the two local hosts: where data is stored, how pushes reach a connection, how tasks start. */
import type { Dependencies } from '../lambdas/ports/dependencies';
import type { FunctionName } from '../lambdas/routes';
import type { WebhookCounts } from './events/webhooks';

export type HostDependencies = Pick<
  Dependencies,
  | 'clients'
  | 'history'
  | 'broadcasts'
  | 'groups'
  | 'presence'
  | 'answers'
  | 'records'
  | 'calls'
  | 'clientTools'
  | 'replies'
  | 'replyQueue'
  | 'deltaIntervalMs'
  | 'connections'
  | 'tasks'
  | 'eventDelivery'
  | 'apiKeys'
  | 'signingKeys'
>;

export interface Kept {
  /** Bytes of the message history; 0 if it is in DynamoDB. */
  historyBytes: number;
  /** Undefined without receivers. */
  webhooks: WebhookCounts | undefined;
}

export interface Host {
  /** With `--wire` each function has its own SDK clients, as on AWS. */
  dependenciesOf(name: FunctionName): HostDependencies;
  /** The location of the data, printed at startup. */
  description: string;
  /** Called with the URL of `@connections`, if any, once the port is open and before clients can connect. */
  listening(connectionsUrl: string | undefined): void;
  /** Tasks that run or wait for a retry. */
  runningTasks(): number;
  /** What the process keeps in memory for later. */
  kept(): Kept;
  /** The number of online clients by label. */
  countLabels(): Promise<Map<string, number>>;
  /** Resolves if the store works. @throws UnavailableError */
  probeStore(): Promise<unknown>;
  /** Starts no more tasks, and waits for running ones, up to the grace period. */
  stopTasks(graceMilliseconds: number): Promise<void>;
  stop(): Promise<void>;
}
