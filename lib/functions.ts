/** All functions, and the queue of failed background events. */
import { Duration, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type FunctionName, functionNames, functions } from '../lambdas/routes';
import { idOf } from './function-table';
import type { Resources } from './resources';
import type { Settings } from './settings';
import { SwitchboardFunction } from './switchboard-function';
import type { WebSocketAddress } from './websocket-address';

export interface FunctionsProps {
  resources: Resources;
  address: WebSocketAddress;
  settings: Settings;
}

export class Functions extends Construct {
  readonly deadLetters: Queue;
  private readonly byName: ReadonlyMap<FunctionName, SwitchboardFunction>;

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
    this.byName = new Map(
      functionNames.map((name) => {
        const environment = environmentOf(name, address, settings);
        return [name, new SwitchboardFunction(this, idOf(name), { ...common, name, environment })];
      }),
    );
  }

  of(name: FunctionName): SwitchboardFunction {
    const found = this.byName.get(name);
    if (!found) throw new Error(`no function ${name}`);
    return found;
  }
}

/** The variables of a function, beside those of what it has a grant to. */
function environmentOf(name: FunctionName, { url }: WebSocketAddress, settings: Settings) {
  const uses: readonly string[] = functions[name].uses;
  return {
    ...(uses.includes('webSocketUrl') && { WEBSOCKET_URL: url }),
    ...(uses.includes('accessControl') && { AUTH: settings.auth }),
    ...(uses.includes('connectionLimits') && {
      HEARTBEAT_SECONDS: String(settings.heartbeat_seconds),
      HISTORY_SECONDS: String(settings.history_seconds),
    }),
    ...(uses.includes('appSettings') && settings.app),
    ...(name === 'websocket/message' && {
      CLIENT_RATE: String(settings.client_rate),
      CLIENT_BURST: String(settings.client_burst),
    }),
  };
}
