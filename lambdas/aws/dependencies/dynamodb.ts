/** The DynamoDB stores. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AnswerStore } from '../../ports/answer-store';
import type { BroadcastStore } from '../../ports/broadcast-store';
import type { CallStore } from '../../ports/call-store';
import type { ClientStore } from '../../ports/client-store';
import type { ClientToolStore } from '../../ports/client-tool-store';
import type { GroupStore } from '../../ports/group-store';
import type { HistoryStore } from '../../ports/history-store';
import type { PresenceStore } from '../../ports/presence-store';
import type { RateLimit } from '../../ports/rate-limit';
import type { RecordStore } from '../../ports/record-store';
import { systemClock } from '../../ports/runtime';
import { createDynamoAnswers } from '../dynamodb-answers';
import { createDynamoBroadcasts } from '../dynamodb-broadcasts';
import { createDynamoCalls } from '../dynamodb-calls';
import { createDynamoClientTools } from '../dynamodb-client-tools';
import { createDynamoClients } from '../dynamodb-clients';
import { createDynamoGroups } from '../dynamodb-groups';
import { createDynamoHistory } from '../dynamodb-history';
import { createDynamoPresence } from '../dynamodb-presence';
import { createDynamoRecords } from '../dynamodb-records';
import { type Environment, variable } from '../environment';
import { withOutages } from '../outages';
import { requestHandler, SAFE_TO_RETRY } from '../sdk-clients';
import type { FunctionContext } from './function-context';

/** Shared by all stores of a function. */
export function documentClient(context: FunctionContext): DynamoDBDocumentClient {
  context.documents ??= DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler(), ...context.dynamoDb }),
  );
  return context.documents;
}

function storeOptions(context: FunctionContext) {
  const { environment } = context;
  return {
    client: documentClient(context),
    clock: systemClock,
    historySeconds: Number(variable(environment, 'HISTORY_SECONDS')),
  };
}

export function clients(context: FunctionContext): ClientStore {
  const clientsTable = variable(context.environment, 'CLIENTS_TABLE');
  return withOutages(
    createDynamoClients({ ...storeOptions(context), clientsTable, rateLimit: rateLimitFrom(context.environment) }),
  );
}

/** Only set on the function that counts messages. */
function rateLimitFrom({ CLIENT_RATE, CLIENT_BURST }: Environment): RateLimit | undefined {
  if (CLIENT_RATE === undefined || CLIENT_BURST === undefined) return undefined;
  return { perSecond: Number(CLIENT_RATE), burst: Number(CLIENT_BURST) };
}

export function history(context: FunctionContext): HistoryStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoHistory({ ...storeOptions(context), messagesTable }));
}

export function broadcasts(context: FunctionContext): BroadcastStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoBroadcasts({ ...storeOptions(context), messagesTable }));
}

export function groups(context: FunctionContext): GroupStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoGroups({ client: documentClient(context), clock: systemClock, messagesTable }));
}

export function presence(context: FunctionContext): PresenceStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoPresence({ client: documentClient(context), clock: systemClock, messagesTable }));
}

export function calls(context: FunctionContext): CallStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoCalls({ ...storeOptions(context), messagesTable }));
}

export function clientTools(context: FunctionContext): ClientToolStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoClientTools({ client: documentClient(context), clock: systemClock, messagesTable }));
}

export function answers(context: FunctionContext): AnswerStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoAnswers({ client: documentClient(context), clock: systemClock, messagesTable }));
}

export function records(context: FunctionContext): RecordStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoRecords({ client: documentClient(context), clock: systemClock, messagesTable }));
}
