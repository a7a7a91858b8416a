/** Access logs: one JSON line for each request, with its caller, its route and its outcome, and no secret. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from './settings';

/**
 * Neither a query string, as tokens are there, nor a header, nor a path: a route's key says as much,
 * and a path that has no route may hold anything. `request_id` is on the lines of functions too.
 */
const FIELDS = {
  request_id: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  ip: '$context.identity.sourceIp',
  error: '$context.error.message',
  error_type: '$context.error.responseType',
  integration_error: '$context.integrationErrorMessage',
  /** The function's own status, and that of Lambda. */
  integration_status: '$context.integration.status',
  lambda_status: '$context.integration.integrationStatus',
  /** `invocation_id` on the function's lines. */
  invocation_id: '$context.integration.requestId',
  authorizer_error: '$context.authorizer.error',
  authorizer_status: '$context.authorizer.status',
  authorizer_latency_ms: '$context.authorizer.latency',
};

export const WEBSOCKET_FIELDS = {
  ...FIELDS,
  event: '$context.eventType',
  connection_id: '$context.connectionId',
  client_id: '$context.authorizer.client_id',
  latency_ms: '$context.integrationLatency',
  connected_at: '$context.connectedAt',
  /** The platform's own id of a message, not the client's `message_id`. */
  platform_message_id: '$context.messageId',
  authorizer_request_id: '$context.authorizer.requestId',
};

export const HTTP_FIELDS = {
  ...FIELDS,
  latency_ms: '$context.responseLatency',
  integration_latency_ms: '$context.integrationLatency',
  response_bytes: '$context.responseLength',
  /** For questions to AWS. */
  extended_request_id: '$context.extendedRequestId',
};

export interface AccessLogProps {
  /** Ends the name of its group. */
  name: 'websocket' | 'http';
  fields: Readonly<Record<string, string>>;
  settings: Settings;
}

export class AccessLog extends Construct {
  readonly group: LogGroup;
  /** As a stage takes it. */
  readonly settings: { destinationArn: string; format: string };

  constructor(scope: Construct, id: string, { name, fields, settings }: AccessLogProps) {
    super(scope, id);
    this.group = new LogGroup(this, 'Group', {
      // AWS allows delivery to all groups below /aws/vendedlogs/ at once. For any other name it adds a statement to the account's one
      // resource policy, which may have 5,120 characters: in an account with many APIs, creating the stage then fails.
      logGroupName: `/aws/vendedlogs/apigateway/${Stack.of(this).stackName}/${name}`,
      retention: settings.log_retention_days,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.settings = { destinationArn: this.group.logGroupArn, format: JSON.stringify(fields) };
  }
}
