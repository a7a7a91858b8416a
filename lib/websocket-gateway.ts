/** The WebSocket API: routes, authorization, rate limits and access log. */
import { Validations } from 'aws-cdk-lib';
import { CfnStage, type WebSocketApi, type WebSocketRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { authorizers, webSocketRoutes } from '../lambdas/routes';
import { AccessLog, WEBSOCKET_FIELDS } from './access-log';
import { AccountLogRole } from './account-log-role';
import { CustomDomain } from './custom-domain';
import { idOf } from './function-table';
import type { Functions } from './functions';
import { inTemplate } from './in-template';
import type { Settings } from './settings';
import type { WebSocketAddress } from './websocket-address';

export interface WebSocketGatewayProps {
  address: WebSocketAddress;
  functions: Functions;
  settings: Settings;
}

export class WebSocketGateway extends Construct {
  readonly domain: CustomDomain | undefined;
  readonly accessLog: AccessLog;

  constructor(scope: Construct, id: string, { address, functions, settings }: WebSocketGatewayProps) {
    super(scope, id);
    const { api } = address;
    const routes = addRoutes(api, functions);
    this.accessLog = new AccessLog(this, 'AccessLog', { name: 'websocket', fields: WEBSOCKET_FIELDS, settings });
    const stage = this.createStage(address, settings);
    stage.node.addDependency(...routes); // route settings need an existing route
    if (settings.account_log_role !== 'existing') {
      stage.node.addDependency(new AccountLogRole(this, 'AccountLogRole'));
    }
    if (settings.websocket_domain !== undefined && settings.certificate_arn !== undefined) {
      this.domain = new CustomDomain(this, 'Domain', {
        domain: settings.websocket_domain,
        certificateArn: settings.certificate_arn,
        apiId: api.apiId,
        stage,
      });
    }
  }

  /** CDK's own stage construct has only one throttle for all routes. */
  private createStage({ api, stageName }: WebSocketAddress, settings: Settings): CfnStage {
    const limits = (rate: number, burst: number): CfnStage.RouteSettingsProperty => ({
      throttlingRateLimit: rate,
      throttlingBurstLimit: burst,
      detailedMetricsEnabled: settings.detailed_metrics,
      loggingLevel: 'OFF', // execution logs contain headers, including tokens,
      dataTraceEnabled: false, // and data traces contain messages
    });
    return new CfnStage(this, 'Stage', {
      apiId: api.apiId,
      stageName,
      autoDeploy: true,
      accessLogSettings: this.accessLog.settings,
      defaultRouteSettings: limits(settings.message_rate, settings.message_burst),
      // Route settings replace the default settings completely. CDK passes these to the template as they are.
      routeSettings: { $connect: inTemplate(limits(settings.connect_rate, settings.connect_burst)) },
    });
  }
}

function addRoutes(api: WebSocketApi, functions: Functions): WebSocketRoute[] {
  const authorizer = new WebSocketLambdaAuthorizer('Authorizer', functions.of(authorizers.webSocket).live, {
    identitySource: [], // the token may be in the query or a header; API Gateway would require everything that is listed here
  });
  return webSocketRoutes.map(({ routeKey, function: name, routeResponse }) => {
    const connects = routeKey === '$connect';
    const route = api.addRoute(routeKey, {
      integration: new WebSocketLambdaIntegration(idOf(name), functions.of(name).live),
      // Always on, because it names the client. With auth=none it does not require a token.
      authorizer: connects ? authorizer : undefined,
      returnResponse: routeResponse,
    });
    if (!connects) {
      const reason =
        'API Gateway only authorizes $connect; every other event is on a connection that was authorized there.';
      Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    }
    return route;
  });
}
