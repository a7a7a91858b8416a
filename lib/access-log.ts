/** Access logs: one JSON line for each request, which says who asked for what and what came of it, and no secret. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from './settings';

/**
 * Neither a query string, as tokens are there, nor a header, nor a path: a route's key says as much,
 * and a path that has no route may hold anything.
 */
const FIELDS = {
  request_id: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  ip: '$context.identity.sourceIp',
  error: '$context.error.message',
  integration_error: '$context.integrationErrorMessage',
  authorizer_error: '$context.authorizer.error',
};

export const WEBSOCKET_FIELDS = {
  ...FIELDS,
  event: '$context.eventType',
  connection_id: '$context.connectionId',
  client_id: '$context.authorizer.client_id',
  latency_ms: '$context.integrationLatency',
};

export const HTTP_FIELDS = { ...FIELDS, latency_ms: '$context.responseLatency' };

export interface AccessLogProps {
  fields: Readonly<Record<string, string>>;
  settings: Settings;
}

export class AccessLog extends Construct {
  readonly group: LogGroup;
  /** As a stage takes it. */
  readonly settings: { destinationArn: string; format: string };

  constructor(scope: Construct, id: string, { fields, settings }: AccessLogProps) {
    super(scope, id);
    this.group = new LogGroup(this, 'Group', {
      retention: settings.log_retention_days,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.settings = { destinationArn: this.group.logGroupArn, format: JSON.stringify(fields) };
  }
}

/**
 * Lets API Gateway write to CloudWatch Logs: a setting of the whole account in this region, without which a WebSocket
 * stage with a log can't be made. It and its role stay when the stack goes, as other APIs may write by them.
 */
export class AccountLogRole extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      description: 'API Gateway writes the logs of all APIs of this account and region',
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'API Gateway refuses a role that lacks anything of this policy, and writes the logs of every API by it.',
    });
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
