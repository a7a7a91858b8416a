/** The WebSocket API: its routes, who may connect, how fast, and what is logged. */
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
    stage.node.addDependency(...routes); // its throttle of $connect can't be set before the route is there
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

  /** Not CDK's own construct for a stage, which has one throttle for all routes. */
  private createStage({ api, stageName }: WebSocketAddress, settings: Settings): CfnStage {
    const limits = (rate: number, burst: number): CfnStage.RouteSettingsProperty => ({
      throttlingRateLimit: rate,
      throttlingBurstLimit: burst,
      detailedMetricsEnabled: settings.detailed_metrics,
      loggingLevel: 'OFF', // execution logs hold headers, tokens among them,
      dataTraceEnabled: false, // and data traces what is said
    });
    return new CfnStage(this, 'Stage', {
      apiId: api.apiId,
      stageName,
      autoDeploy: true,
      accessLogSettings: this.accessLog.settings,
      defaultRouteSettings: limits(settings.message_rate, settings.message_burst),
      // The settings of a route replace the default ones, all of them. CDK takes these as they go into the template.
      routeSettings: { $connect: inTemplate(limits(settings.connect_rate, settings.connect_burst)) },
    });
  }
}

function addRoutes(api: WebSocketApi, functions: Functions): WebSocketRoute[] {
  const authorizer = new WebSocketLambdaAuthorizer('Authorizer', functions.of(authorizers.webSocket).live, {
    identitySource: [], // a token may be in the query or in a header; API Gateway would ask for all that is named here
  });
  return webSocketRoutes.map(({ routeKey, function: name, routeResponse }) => {
    const connects = routeKey === '$connect';
    const route = api.addRoute(routeKey, {
      integration: new WebSocketLambdaIntegration(idOf(name), functions.of(name).live),
      // Always: it names the client. With auth=none it asks for no token.
      authorizer: connects ? authorizer : undefined,
      returnResponse: routeResponse,
    });
    if (!connects) {
      const reason = 'API Gateway authorizes $connect alone: what comes here comes on a connection that it let in.';
      Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    }
    return route;
  });
}
