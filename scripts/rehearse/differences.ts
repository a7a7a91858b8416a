/** What the stand-in does otherwise than AWS, as far as it matters to us, and how each of these is met. */
import type { SETTINGS } from '../../lib/settings';
import type { Without } from '../../test/e2e/suite/under-test';

/** Met by a setting of the deployment (`lib/settings.ts`). */
export interface SettingDifference {
  difference: string;
  setting: keyof typeof SETTINGS;
  value: string;
}

/** Met by leaving out tests of the suite. */
export interface SuiteDifference {
  difference: string;
  without: keyof Without;
}

/** @param endpoint  of the stand-in */
export function settingDifferences(endpoint: string): SettingDifference[] {
  return [
    {
      difference: 'it serves APIs below a path of its own; the names of APIs lead to AWS',
      setting: 'stand_in_endpoint',
      value: `${endpoint}/_aws/execute-api`,
    },
    {
      difference: 'it knows no AWS::ApiGatewayV2::RouteResponse, and sends back what a function returns without one',
      setting: 'stand_in_route_response',
      value: 'implied',
    },
  ];
}

export const suiteDifferences: readonly SuiteDifference[] = [
  {
    difference: 'it looks for the CORS configuration of an API under other names than a template has',
    without: 'openCors',
  },
  {
    difference: 'it takes messages of any size, and binary ones',
    without: 'closeCodes',
  },
  {
    difference: 'it answers no handshake with a subprotocol',
    without: 'subprotocol',
  },
  {
    difference: 'it answers 500 where an authorizer says "Unauthorized"',
    without: 'unauthorizedStatus',
  },
];

/** Nothing of ours depends on these, so they need no setting; but what they are about is not rehearsed. */
export const notRehearsed: readonly string[] = [
  'functions run in the Node of this machine, each with all of its memory and processors',
  'throttles, quotas and limits of time (29 s, 10 minutes, 2 hours) are not enforced',
  'the messages of one connection are handled one after the other',
  'alarms (the one of an expression without it), dashboard, traces and access logs are accepted, and nothing comes of them',
];
