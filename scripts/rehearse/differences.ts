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
    difference: 'it serves APIs below a path of its own; the host names of APIs lead to AWS',
    change: 'addresses',
  },
  {
    difference: 'it knows no AWS::ApiGatewayV2::RouteResponse, and sends what a function returns without one',
    change: 'routeResponses',
  },
  {
    difference: 'it has neither saved queries (AWS::Logs::QueryDefinition) nor budgets (AWS::Budgets::Budget)',
    change: 'watchingAlone',
  },
  {
    difference: 'it refuses an alarm on an expression',
    change: 'expressionAlarms',
  },
  {
    difference: 'it looks for the CORS configuration of an API under other names than a template has',
    change: 'corsNames',
  },
  {
    difference: 'Ref of a secret is its name, and not its ARN',
    change: 'secretArns',
  },
];

export const patchDifferences: readonly PatchDifference[] = [
  {
    difference: 'it answers 500 where the authorizer of $connect throws "Unauthorized"',
    patch: 'unauthorized',
  },
  {
    difference: 'it does not send the subprotocol that $connect returns',
    patch: 'subprotocol',
  },
  {
    difference: 'it takes messages of any size, and binary ones',
    patch: 'close_codes',
  },
  {
    difference: 'each event of a connection has its own time as connectedAt',
    patch: 'connected_at',
  },
  {
    difference: 'it answers GET @connections with names and times that the SDK does not read',
    patch: 'get_connection',
  },
  {
    difference:
      'it is one process, and 16 tasks of a broadcast at once ask more of it than it answers within the time limits of functions',
    patch: 'segments_in_turn',
  },
];

/** Differences that are not handled, because nothing depends on them. What they affect is not rehearsed. */
export const notRehearsed: readonly string[] = [
  'functions run in the Node of this machine, each with all of its memory and processors',
  'throttles, quotas and limits of time (29 s, 10 minutes, 2 hours) are not enforced, nor is that of one frame (32 KB)',
  'the messages of one connection are handled one after the other',
  'a handshake that $connect refuses always ends with 403, and $disconnect gets close codes of its own',
  'alarms (those of an expression without it), dashboard, traces and access logs are accepted, and nothing comes of them',
  'retries and dead letters of tasks: it looks for their settings on the function, and they are on its alias',
  'cors_origins other than *: it answers 403 to an OPTIONS of no origin',
  'domains of your own: no name leads to the stand-in, so scripts/rehearse/all-settings.json leaves them out',
];
