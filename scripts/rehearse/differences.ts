/** Relevant differences between the stand-in and AWS, and how each is handled. */
import type { TemplateChange } from './stand-in-template';

/** Handled by changing the synthesized template (`stand-in-template.ts`). */
export interface TemplateDifference {
  difference: string;
  change: TemplateChange;
}

/** Handled by patching the stand-in: the function with this name in `stand_in.py`. */
export interface PatchDifference {
  difference: string;
  patch: string;
}

export const templateDifferences: readonly TemplateDifference[] = [
  {
    difference: 'it serves APIs under a path of its own host; host names of APIs would lead to AWS',
    change: 'addresses',
  },
  {
    difference: 'it does not support AWS::ApiGatewayV2::RouteResponse, and sends what a function returns without one',
    change: 'routeResponses',
  },
  {
    difference: 'it supports neither saved queries (AWS::Logs::QueryDefinition) nor budgets (AWS::Budgets::Budget)',
    change: 'watchingAlone',
  },
  {
    difference: 'it rejects an alarm on an expression',
    change: 'expressionAlarms',
  },
  {
    difference: 'it expects other property names in the CORS configuration of an API',
    change: 'corsNames',
  },
  {
    difference: 'Ref of a secret is its name, not its ARN',
    change: 'secretArns',
  },
];

export const patchDifferences: readonly PatchDifference[] = [
  {
    difference: 'it answers 500 if the $connect authorizer throws "Unauthorized"',
    patch: 'unauthorized',
  },
  {
    difference: 'it does not send the subprotocol that $connect returns',
    patch: 'subprotocol',
  },
  {
    difference: 'it accepts messages of any size, and binary messages',
    patch: 'close_codes',
  },
  {
    difference: 'connectedAt is the time of the event, not of the connection',
    patch: 'connected_at',
  },
  {
    difference: 'it answers GET @connections with field names and time formats that the SDK does not read',
    patch: 'get_connection',
  },
  {
    difference: 'it is a single process, too slow for the 16 concurrent tasks of a broadcast within their timeouts',
    patch: 'segments_in_turn',
  },
  {
    difference: 'a filter of a stream that asks for the absence of an attribute only matches if its parent is there',
    patch: 'stream_filters',
  },
];

/** Differences that are not handled, because nothing depends on them. What they affect is not rehearsed. */
export const notRehearsed: readonly string[] = [
  'functions run on the Node of this machine, each with all its memory and processors',
  'throttles, quotas, time limits (29 s, 10 minutes, 2 hours) and the frame size limit (32 KB) are not enforced',
  'messages of one connection are handled one after the other',
  'a handshake that $connect refuses always gets a 403, and $disconnect gets other close codes',
  'alarms (on expressions: without the expression), dashboard, traces and access logs are accepted but have no effect',
  'retries and dead letters of tasks: it reads their settings from the function, but they are on its alias',
  'what AWS does with streams and rules by itself: batching, retries and dead letters of events, and whether Lambda may read the streams and EventBridge write to the queue',
  'connections of the pages of the HTTP API under the setting origins: its URL on the stand-in has a path, which no origin has',
  'cors_origins other than *: it answers 403 to an OPTIONS request without an origin',
  'custom domains: no name resolves to the stand-in, so scripts/rehearse/all-settings.json omits them',
];
