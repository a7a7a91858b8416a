/** The stores of a function, in DynamoDB. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BroadcastStore } from '../../broadcasts/broadcast-store';
import { createDynamoBroadcasts } from '../../broadcasts/dynamodb-broadcasts';
import { systemClock as clock } from '../../runtime';
import { createDynamoSessions } from '../../sessions/dynamodb-sessions';
import type { SessionStore } from '../../sessions/session-store';
import { type Environment, variable } from '../environment';
import type { ClientOptions } from './client-options';

/** One for a function: each client has connections of its own. */
export function documentClient(options: ClientOptions = {}): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(options));
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
