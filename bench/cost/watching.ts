/** What it costs to see what happens: access logs, lines of the functions, and traces. Can be turned down; the floor has none. */
import { HTTP_FIELDS, WEBSOCKET_FIELDS } from '../../lib/access-log';
import { PRICES } from '../prices';
import type { SeenEvent } from './events';

/** A value of usual length for each variable that an access log may name. */
const USUAL: Readonly<Record<string, string>> = {
  requestId: 'R1kmxGn5NjMEFIA=',
  requestTime: '20/Jan/2026:11:55:00 +0000',
  routeKey: 'POST /send_message',
  status: '200',
  'identity.sourceIp': '203.0.113.100',
  'error.message': '-',
  integrationErrorMessage: '-',
  'authorizer.error': '-',
  eventType: 'MESSAGE',
  connectionId: 'R1kmxc2VNjMCFIA=',
  'authorizer.client_id': '0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11',
  integrationLatency: '25',
  responseLatency: '25',
};

/** Bytes that CloudWatch Logs adds to each line that it takes in. */
const EVENT_OVERHEAD = 26;

/** Of the requests above the first in each second, Lambda traces one in twenty. */
const TRACED = 0.05;

function lineBytes(fields: Readonly<Record<string, string>>): number {
  const line = Object.entries(fields).map(([name, variable]) => {
    const value = USUAL[variable.replace('$context.', '')];
    if (value === undefined) throw new Error(`an access log has ${variable}, which this sum does not know`);
    return [name, value];
  });
  return JSON.stringify(Object.fromEntries(line)).length + EVENT_OVERHEAD;
}

/** Dollars for one event: a line of access log for each request, and a trace of some. */
export function watchingCost({ invocations, httpRequests }: SeenEvent): number {
  const routed = invocations.filter((name) => name.startsWith('websocket/') && name !== 'websocket/authorize');
  const bytes = routed.length * lineBytes(WEBSOCKET_FIELDS) + httpRequests * lineBytes(HTTP_FIELDS);
  return (bytes / 1e9) * PRICES.logGigabyte + invocations.length * TRACED * PRICES.trace;
}
