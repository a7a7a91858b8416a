/** All functions, and the queue of failed background events. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { OIDC_DEFAULTS } from '../lambdas/access/oidc-settings';
import type { MODEL_DEFAULTS } from '../lambdas/models/model-settings';
import type { TaskName } from '../lambdas/ports/tasks';
import { type FunctionName, failures, functionNames, functions, tasks } from '../lambdas/routes';
import { eventBusOf, idOf } from './function-table';
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
      retentionPeriod: Duration.days(14), // SQS's maximum
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'It is the dead-letter queue of the functions, set as their failure destination, which this rule does not see.',
    });
    const common = { resources, settings, deadLetters: this.deadLetters };
    const byName = new Map<FunctionName, SwitchboardFunction>();
    for (const name of functionNames) {
      const environment = environmentOf(Stack.of(this), name, address, settings);
      const failure = failureOf(name); // defined earlier in the table
      const onFailure = failure && byName.get(failure);
      byName.set(name, new SwitchboardFunction(this, idOf(name), { ...common, name, environment, onFailure }));
    }
    this.byName = byName;
  }

  /**
   * Tells the functions that check it which web pages may connect.
   * @param ownUrl  of the HTTP API, which has pages that connect
   */
  limitOrigins({ origins }: Settings, ownUrl: string): void {
    if (origins.includes('*')) return;
    const allowed = [...origins.map((origin) => origin.toLowerCase()), ownUrl].join(',');
    for (const [name, { lambda }] of this.byName) {
      const uses: readonly string[] = functions[name].uses;
      if (uses.includes('clientOrigins')) lambda.addEnvironment('ORIGINS', allowed);
    }
  }

  of(name: FunctionName): SwitchboardFunction {
    const found = this.byName.get(name);
    if (!found) throw new Error(`no function ${name}`);
    return found;
  }
}

/** The function to call after a task's retries failed. */
function failureOf(name: FunctionName): FunctionName | undefined {
  const task = (Object.keys(tasks) as TaskName[]).find((one) => tasks[one] === name);
  return task && (failures as Partial<Record<TaskName, FunctionName>>)[task];
}

/** OpenID issuer settings for the $connect authorizer. */
function oidcVariables(settings: Settings): false | Record<keyof typeof OIDC_DEFAULTS, string> {
  return (
    settings.oidc_issuer !== '' && {
      OIDC_ISSUER: settings.oidc_issuer,
      OIDC_AUDIENCE: settings.oidc_audience,
      OIDC_CLIENT_ID_CLAIM: settings.oidc_client_id_claim,
      OIDC_LABELS_CLAIM: settings.oidc_labels_claim,
      OIDC_GROUPS_CLAIM: settings.oidc_groups_claim,
      OIDC_MESSAGE_RATE_CLAIM: settings.oidc_message_rate_claim,
    }
  );
}

/** Settings of the responder. */
function responderVariables(settings: Settings): Record<keyof typeof MODEL_DEFAULTS, string> {
  return {
    RESPONDER: settings.responder,
    RESPONDER_URL: settings.responder_url,
    RESPONDER_MODEL: settings.responder_model,
    RESPONDER_SYSTEM_PROMPT: settings.responder_system_prompt,
    RESPONDER_HISTORY: settings.responder_history,
    RESPONDER_MAX_TOKENS: settings.responder_max_tokens,
    RESPONDER_SECONDS: settings.responder_seconds,
    RESPONDER_AWAY_SECONDS: settings.responder_away_seconds,
    RESPONDER_FAILURE_TEXT: settings.responder_failure_text,
    RESPONDER_TOOLS: settings.responder_tools,
    RESPONDER_CLIENT_CONCURRENCY: settings.responder_client_concurrency,
  };
}

function mcpVariables({ mcp_servers }: Settings) {
  return Object.keys(mcp_servers).length > 0 && { MCP_SERVERS: JSON.stringify(mcp_servers) };
}

function presenceVariables({ presence_groups }: Settings) {
  return presence_groups.length > 0 && { PRESENCE_GROUPS: presence_groups.join(',') };
}

/** Event settings of a function. */
export function eventVariables(stack: Stack, settings: Settings): Record<string, string> {
  if (settings.events.length === 0) return {};
  return { EVENT_BUS: eventBusOf(stack, settings), EVENT_CONTENTS: settings.event_contents ? 'on' : 'off' };
}

/** Variables of a function, in addition to those of its granted resources. */
function environmentOf(stack: Stack, name: FunctionName, { url }: WebSocketAddress, settings: Settings) {
  const uses: readonly string[] = functions[name].uses;
  return {
    ...(uses.includes('webSocketUrl') && { WEBSOCKET_URL: url }),
    ...(uses.includes('accessControl') && { AUTH: settings.auth }),
    ...(uses.includes('oidcTokens') && oidcVariables(settings)),
    ...(uses.includes('connectionLimits') && {
      HEARTBEAT_SECONDS: String(settings.heartbeat_seconds),
      HISTORY_SECONDS: String(settings.history_seconds),
    }),
    ...(uses.includes('appSettings') && { ...settings.environment, ...settings.app }),
    ...((uses.includes('mcpTools') || uses.includes('responder')) && mcpVariables(settings)),
    ...(uses.includes('presenceGroups') && presenceVariables(settings)),
    ...(uses.includes('replySettings') && responderVariables(settings)),
    ...(uses.includes('repliesInTask') && { RESPONDER: settings.responder }),
    ...(uses.includes('eventDelivery') && eventVariables(stack, settings)),
    ...(uses.includes('clientRate') && { CLIENT_RATE: String(settings.client_rate) }),
    ...(name === 'websocket/message' && {
      CLIENT_RATE: String(settings.client_rate),
      CLIENT_BURST: String(settings.client_burst),
    }),
  };
}
