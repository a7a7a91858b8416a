/** All functions, by entry, and the queue where the background ones leave what they could not do. */
import { Duration, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Entry, entries, idOf } from './entries';
import { EntryFunction } from './entry-function';
import type { Resources } from './resources';
import type { Settings } from './settings';
import type { WebSocketAddress } from './websocket-address';

export interface FunctionsProps {
  resources: Resources;
  address: WebSocketAddress;
  settings: Settings;
}

export class Functions extends Construct {
  readonly deadLetters: Queue;
  private readonly byEntry: ReadonlyMap<Entry, EntryFunction>;

  constructor(scope: Construct, id: string, { resources, address, settings }: FunctionsProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14), // SQS keeps no longer
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue: of functions, by their failure destination, which this rule does not see.',
    });
    const common = { resources, settings, deadLetters: this.deadLetters };
    const environments = environmentsOf(address, settings);
    this.byEntry = new Map(
      entries.map((entry) => {
        const environment = environments[entry] ?? {};
        return [entry, new EntryFunction(this, idOf(entry), { ...common, entry, environment })];
      }),
    );
  }

  of(entry: Entry): EntryFunction {
    const found = this.byEntry.get(entry);
    if (!found) throw new Error(`no function for the entry ${entry}`);
    return found;
  }
}

/** What some functions are told beside the names of what they may use. */
function environmentsOf({ url }: WebSocketAddress, { reply_by }: Settings) {
  const environments: Partial<Record<Entry, Record<string, string>>> = {
    'websocket/message': { REPLY_BY: reply_by },
    'http/docs': { WEBSOCKET_URL: url },
    'http/tokens': { WEBSOCKET_URL: url },
  };
  return environments;
}
