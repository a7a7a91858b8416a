/** What the stand-in does otherwise than AWS, as far as it matters to us, and how each of these is met. */
import type { Without } from '../../test/e2e/suite/under-test';

/** Met by a setting of the deployment. */
export interface SettingDifference {
  difference: string;
  setting: string;
  value: string;
}

/** Met by leaving out a part of the suite. */
export interface SuiteDifference {
  difference: string;
  without: keyof Without;
}

/** @param endpoint  of the stand-in */
export function settingDifferences(endpoint: string): SettingDifference[] {
  return [
    {
      difference: 'the names of its APIs lead to AWS, and it serves them below a path of its own',
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
    difference: "it looks for an API's CORS configuration under other names than a template's",
    without: 'openCors',
  },
  {
    difference: 'it takes binary messages, and messages of any size',
    without: 'closeCodes',
  },
];

/** They need no setting, as nothing here depends on them; but what they concern is not rehearsed. */
export const notRehearsed: readonly string[] = [
  'functions run in the Node of this machine, each with all of its memory and processors',
  'throttles, quotas and the limits of time (29 s, 10 minutes, 2 hours) are not enforced',
  'messages of one connection are handled one after the other',
  'alarms, the dashboard, traces and access logs are taken, and nobody writes or reads them',
];
