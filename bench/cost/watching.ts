/** The cost of observability: access logs, and log lines of the functions. Can be turned down; the minimum has none. */
import { metricsOf } from '../../lambdas/aws/metrics';
import { HTTP_FIELDS, WEBSOCKET_FIELDS } from '../../lib/access-log';
import type { LogEntry } from '../../test/support/local-server';
import { PRICES } from '../prices';
import type { SeenEvent } from './events';

/** A value of typical length for each variable in an access log. */
const USUAL: Readonly<Record<string, string>> = {
  requestId: 'R1kmxGn5NjMEFIA=',
  extendedRequestId: 'R1kmxGn5NjMEFIA=',
  requestTime: '20/Jan/2026:11:55:00 +0000',
  routeKey: 'POST /send_message',
  status: '200',
  'identity.sourceIp': '203.0.113.100',
  'error.message': '-',
  'error.responseType': '-',
  integrationErrorMessage: '-',
  'integration.status': '200',
  'integration.integrationStatus': '200',
  'integration.requestId': '6f1c2a7e-9d0b-4e57-a6a3-3f8a2b1c4d5e',
  'authorizer.error': '-',
  'authorizer.status': '200',
  'authorizer.latency': '12',
  'authorizer.requestId': '6f1c2a7e-9d0b-4e57-a6a3-3f8a2b1c4d5e',
  eventType: 'MESSAGE',
  connectionId: 'R1kmxc2VNjMCFIA=',
  connectedAt: '1768910100000',
  messageId: 'R1kmxd5QNjMCEzQ=',
  'authorizer.client_id': '0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11',
  integrationLatency: '25',
  responseLatency: '25',
  responseLength: '120',
};

/** What a function's line has in addition to its fields: from Powertools, and the ids of its event. */
const USUAL_LINE = {
  level: 'INFO',
  timestamp: '2026-01-20T11:55:00.000Z',
  service: 'switchboard',
  sampling_rate: 0,
  function: 'Switchboard-websocket-connect',
  client_id: USUAL['authorizer.client_id'],
  connection_id: USUAL.connectionId,
  request_id: USUAL.requestId,
  invocation_id: USUAL['integration.requestId'],
};

/** Bytes that CloudWatch Logs adds to each ingested line. */
const EVENT_OVERHEAD = 26;

function accessLineBytes(fields: Readonly<Record<string, string>>): number {
  const line = Object.entries(fields).map(([name, variable]) => {
    const value = USUAL[variable.replace('$context.', '')];
    if (value === undefined) throw new Error(`an access log has ${variable}, which this sum does not know`);
    return [name, value];
  });
  return JSON.stringify(Object.fromEntries(line)).length + EVENT_OVERHEAD;
}

function lineBytes({ level, event, fields = {} }: LogEntry): number {
  const kind = level === 'error' ? 'error' : 'info';
  const metrics = metricsOf({ event, level: kind, fields, stack: 'Switchboard', now: 1_768_910_100_000 });
  return JSON.stringify({ ...USUAL_LINE, message: event, ...fields, ...metrics }).length + EVENT_OVERHEAD;
}

/** Dollars per event: a line of the access log for each request, and what functions log. */
export function watchingCost({ invocations, httpRequests, lines }: SeenEvent): number {
  const routed = invocations.filter((name) => /^websocket\/(connect|message|disconnect)$/.test(name));
  const access = routed.length * accessLineBytes(WEBSOCKET_FIELDS) + httpRequests * accessLineBytes(HTTP_FIELDS);
  const own = lines.reduce((sum, line) => sum + lineBytes(line), 0);
  return ((access + own) / 1e9) * PRICES.logGigabyte;
}
