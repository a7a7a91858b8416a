/** Saved CloudWatch Logs Insights queries for common questions: one client, one message, refused callers, loudest clients. */
import { Stack } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { functionNames } from '../lambdas/routes';
import type { Functions } from './functions';

export interface SavedQueriesProps {
  functions: Functions;
  accessLogs: readonly ILogGroup[];
}

/** Fields of access log and function log lines: who, what, and the outcome. */
const SEEN =
  '@timestamp, function, message, event, route, status, reason, error, error.message, ip, client_id, connection_id, message_id, request_id';

export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { functions, accessLogs }: SavedQueriesProps) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const all = [...functionNames.map((name) => functions.of(name).logGroup), ...accessLogs];
    const save = (constructId: string, name: string, groups: readonly ILogGroup[], lines: string[]) =>
      new CfnQueryDefinition(this, constructId, {
        name: `${stackName}/${name}`, // the console shows the first part as a folder
        logGroupNames: groups.map(({ logGroupName }) => logGroupName),
        queryString: lines.join('\n| '),
      });

    save('OneClient', 'One client', all, [
      'filter client_id = "PUT THE CLIENT_ID HERE"',
      `fields ${SEEN}`,
      'sort @timestamp asc',
      'limit 1000',
    ]);
    // Access log lines have no message_id, because API Gateway does not parse messages: join by request_id.
    save('OneMessage', 'One message', all, [
      'filter message_id = "PUT AN ID HERE" or request_id = "PUT AN ID HERE" or invocation_id = "PUT AN ID HERE"',
      `fields ${SEEN}, invocation_id, integration_status, latency_ms`,
      'sort @timestamp asc',
      'limit 1000',
    ]);
    // The access log has status and address, the authorizer's log line has the reason: one row per request_id.
    save('Refused', 'Refused', all, [
      'filter status in ["401", "403", "429"] or message in ["connection_refused", "call_refused"]',
      'stats latest(@timestamp) as at, latest(ip) as address, latest(route) as routed, latest(status) as answered, latest(reason) as why, latest(error_type) as type by request_id',
      'sort at desc',
      'limit 1000',
    ]);
    save('Loudest', 'Loudest', accessLogs, [
      'stats count(*) as requests, count_distinct(connection_id) as connections by client_id, ip',
      'sort requests desc',
      'limit 50',
    ]);
  }
}
