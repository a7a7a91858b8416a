/**
 * The adapters of a function, made from its environment. The one file that makes SDK clients: on Lambda they find region,
 * credentials and addresses by themselves; `npm start -- --wire` says all of them.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createLambdaTasks } from '../background/lambda-tasks';
import type { Tasks } from '../background/tasks';
import type { BroadcastStore } from '../broadcasts/broadcast-store';
import { createDynamoBroadcasts } from '../broadcasts/dynamodb-broadcasts';
import { createApiGatewayConnections, createManagementClient } from '../connections/api-gateway-connections';
import type { Connections } from '../connections/connections';
import { systemClock as clock } from '../runtime';
import { createDynamoSessions } from '../sessions/dynamodb-sessions';
import type { SessionStore } from '../sessions/session-store';
import { type Environment, variable } from './environment';

/** What every SDK client takes; nothing of it is needed on Lambda. */
export interface ClientOptions {
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** Names the caller in the user agent of each call, and so in CloudTrail. */
  userAgentAppId?: string;
  endpoint?: string | (() => Promise<{ url: URL }>);
}

/** One for a function, as each client has connections of its own. */
export function documentClient(options: ClientOptions = {}): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(options as object));
}

export function sessionsFrom(environment: Environment, client: DynamoDBDocumentClient): SessionStore {
  return createDynamoSessions({
    client,
    clock,
    sessionsTable: variable(environment, 'SESSIONS_TABLE'),
    ...historyFrom(environment),
  });
}

export function broadcastsFrom(environment: Environment, client: DynamoDBDocumentClient): BroadcastStore {
  return createDynamoBroadcasts({ client, clock, ...historyFrom(environment) });
}

function historyFrom(environment: Environment) {
  return {
    messagesTable: variable(environment, 'MESSAGES_TABLE'),
    historySeconds: Number(variable(environment, 'HISTORY_SECONDS')),
  };
}

/** @param options  `endpoint` where CALLBACK_URL is not known yet */
export function connectionsFrom(environment: Environment, options: ClientOptions = {}): Connections {
  const endpoint = options.endpoint ?? variable(environment, 'CALLBACK_URL');
  return createApiGatewayConnections({ client: createManagementClient({ ...options, endpoint } as object), clock });
}

/** Starts the tasks whose functions the environment names. */
export function tasksFrom(environment: Environment, options: ClientOptions = {}): Tasks {
  return createLambdaTasks({
    client: new LambdaClient(options as object),
    functionNames: { welcome: environment.WELCOME_FUNCTION },
  });
}
