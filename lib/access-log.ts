/** Access logs: one JSON line per request with caller, route and outcome, but no secrets. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from './settings';

/**
 * No query strings, which may contain tokens, no headers, and no paths: the route key says the same, and a path without a route may
 * contain anything. `request_id` is also in the functions' log lines.
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
  /** The function's own status, and Lambda's. */
  integration_status: '$context.integration.status',
  lambda_status: '$context.integration.integrationStatus',
  /** `invocation_id` in the function's log lines. */
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
  /** The platform's id of a message, not the client's `message_id`. */
  platform_message_id: '$context.messageId',
  authorizer_request_id: '$context.authorizer.requestId',
};

export const HTTP_FIELDS = {
  ...FIELDS,
  latency_ms: '$context.responseLatency',
  integration_latency_ms: '$context.integrationLatency',
  response_bytes: '$context.responseLength',
  /** For AWS support requests. */
  extended_request_id: '$context.extendedRequestId',
};

export interface AccessLogProps {
  /** Last part of the log group's name. */
  name: 'websocket' | 'http';
  fields: Readonly<Record<string, string>>;
  settings: Settings;
}

export class AccessLog extends Construct {
  readonly group: LogGroup;
  /** As a stage expects it. */
  readonly settings: { destinationArn: string; format: string };

  constructor(scope: Construct, id: string, { name, fields, settings }: AccessLogProps) {
    super(scope, id);
    this.group = new LogGroup(this, 'Group', {
      // AWS allows delivery to all groups below /aws/vendedlogs/ with one statement. For any other name it adds a statement to the
      // account's resource policy, which is limited to 5,120 characters: in an account with many APIs, creating the stage then fails.
      logGroupName: `/aws/vendedlogs/apigateway/${Stack.of(this).stackName}/${name}`,
      retention: settings.log_retention_days,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.settings = { destinationArn: this.group.logGroupArn, format: JSON.stringify(fields) };
  }
}
