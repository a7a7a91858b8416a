/** Resources that functions can have grants for: ARNs, and the environment variables that come with a grant. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { secretVariable, taskVariable } from '../lambdas/aws/environment';
import { GROUPS_INDEX, ONLINE_INDEX, OWNED_INDEX } from '../lambdas/aws/tables';
import { KEY_SECRET } from '../lambdas/models/model-settings';
import type { TaskName } from '../lambdas/ports/tasks';
import { tasks } from '../lambdas/routes';
import type { Data } from './data';
import { eventBusOf, functionNameOf, LIVE, type ResourceName } from './function-table';
import type { Keys } from './keys';
import { bedrockArns, type Resource, secretArn } from './responder-resources';
import type { Settings } from './settings';
import type { WebSocketAddress } from './websocket-address';

export type Resources = Readonly<Record<ResourceName, Resource>>;

export interface ResourcesOptions {
  data: Data;
  keys: Keys;
  address: WebSocketAddress;
  settings: Settings;
}

export function createResources({ data, keys, address, settings }: ResourcesOptions): Resources {
  const stack = Stack.of(data);
  const historySeconds = { HISTORY_SECONDS: String(settings.history_seconds) };
  const clients = { CLIENTS_TABLE: data.clients.tableName, ...historySeconds };
  const messages = { MESSAGES_TABLE: data.messages.tableName, ...historySeconds };

  function connections(method: 'POST' | 'GET' | 'DELETE'): Resource {
    const { arn, finding } = address.connections(method);
    const reason = 'A connection id is known only at run time. The API, the stage and the method are named.';
    return { arn, environment: { CALLBACK_URL: address.callbackUrl }, wildcard: { finding, reason } };
  }

  /** The alias by name, not by reference: a function cannot refer to itself, and one invokes itself. */
  function task(name: TaskName): [`task:${TaskName}`, Resource] {
    const resourceName = `${functionNameOf(stack, tasks[name])}:${LIVE}`;
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    const arn = stack.formatArn({ service: 'lambda', resource: 'function', resourceName, arnFormat });
    return [`task:${name}`, { arn, environment: { [taskVariable(name)]: resourceName } }];
  }

  return {
    ...(Object.fromEntries((Object.keys(tasks) as TaskName[]).map(task)) as Record<`task:${TaskName}`, Resource>),
    clients: { arn: data.clients.tableArn, environment: clients },
    onlineIndex: { arn: `${data.clients.tableArn}/index/${ONLINE_INDEX}`, environment: clients },
    ownedIndex: { arn: `${data.clients.tableArn}/index/${OWNED_INDEX}`, environment: clients },
    messages: { arn: data.messages.tableArn, environment: messages },
    groupsIndex: { arn: `${data.messages.tableArn}/index/${GROUPS_INDEX}`, environment: messages },
    signingKey: { arn: keys.signingKeyArn, environment: { SIGNING_KEY_SECRET: keys.signingKeyArn } },
    apiKey: { arn: keys.apiKeyArn, environment: { API_KEY_SECRET: keys.apiKeyArn } },
    appSecrets: {
      arn: Object.values(settings.app_secrets).map((secret) => secretArn(stack, secret)),
      environment: Object.fromEntries(
        Object.entries(settings.app_secrets).map(([name, arn]) => [secretVariable(name), arn]),
      ),
    },
    modelKey: {
      arn: secretArn(stack, settings.responder_key_secret ?? ''),
      environment: { [secretVariable(KEY_SECRET)]: settings.responder_key_secret ?? '' },
    },
    bedrockModel: bedrockArns(stack, settings.responder_model),
    eventBus: {
      arn: stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: eventBusOf(stack, settings) }),
      environment: {},
    },
    postToConnection: connections('POST'),
    getConnection: connections('GET'),
    deleteConnection: connections('DELETE'),
  };
}
