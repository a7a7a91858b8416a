/**
 * What each function may do, and to what: every call to AWS that its code makes, and none that it doesn't.
 * A test records the calls on the wire and holds them against this table, both ways.
 * What Lambda itself needs to run a function (its log, its traces, its dead letters) is in `entry-function.ts`.
 */
import type { Entry } from './entries';

/** What a function can be given: `resources.ts` knows the ARN of each. */
export type ResourceName =
  | 'sessions'
  | 'messages'
  | 'signingKey'
  | 'apiKey'
  | 'welcome'
  | 'broadcastSegment'
  | 'postToConnection'
  | 'deleteConnection';

export interface Grant {
  actions: readonly string[];
  resource: ResourceName;
}

/** `POST …/@connections/{id}`, and its `DELETE`, are one action: the method is in the resource. */
const POST: Grant = { actions: ['execute-api:ManageConnections'], resource: 'postToConnection' };
const DELETE: Grant = { actions: ['execute-api:ManageConnections'], resource: 'deleteConnection' };

export const GRANTS: Readonly<Record<Entry, readonly Grant[]>> = {
  'websocket/authorize': [{ actions: ['secretsmanager:GetSecretValue'], resource: 'signingKey' }],
  'websocket/connect': [
    { actions: ['dynamodb:PutItem'], resource: 'sessions' },
    { actions: ['lambda:InvokeFunction'], resource: 'welcome' },
  ],
  'websocket/message': [
    { actions: ['dynamodb:UpdateItem'], resource: 'sessions' },
    { actions: ['dynamodb:BatchWriteItem'], resource: 'messages' },
    POST,
  ],
  'websocket/disconnect': [{ actions: ['dynamodb:DeleteItem'], resource: 'sessions' }],
  'background/welcome': [POST, DELETE],
  'background/broadcast-segment': [
    { actions: ['dynamodb:Scan', 'dynamodb:DeleteItem'], resource: 'sessions' },
    { actions: ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:BatchWriteItem'], resource: 'messages' },
    { actions: ['lambda:InvokeFunction'], resource: 'broadcastSegment' },
    POST,
  ],
  'http/authorize': [{ actions: ['secretsmanager:GetSecretValue'], resource: 'apiKey' }],
  'http/docs': [],
  'http/read': [
    { actions: ['dynamodb:GetItem', 'dynamodb:Scan'], resource: 'sessions' },
    { actions: ['dynamodb:Query'], resource: 'messages' },
  ],
  'http/push': [
    { actions: ['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:DeleteItem'], resource: 'sessions' },
    { actions: ['dynamodb:PutItem', 'dynamodb:BatchWriteItem'], resource: 'messages' },
    { actions: ['lambda:InvokeFunction'], resource: 'broadcastSegment' },
    POST,
    DELETE,
  ],
  'http/tokens': [{ actions: ['secretsmanager:GetSecretValue'], resource: 'signingKey' }],
};

/** An open deployment signs nothing: its tokens, which nobody checks, would still be good on the day that it is closed. */
export function grantsOf(entry: Entry, auth: 'token' | 'none'): readonly Grant[] {
  return entry === 'http/tokens' && auth === 'none' ? [] : GRANTS[entry];
}
