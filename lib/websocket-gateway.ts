/** The WebSocket API: its routes, who may connect, how fast, and what is logged. */
import { Validations } from 'aws-cdk-lib';
import { CfnStage, type WebSocketApi, type WebSocketRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { webSocketRoutes } from '../lambdas/routes';
import { AccessLog, AccountLogRole, WEBSOCKET_FIELDS } from './access-log';
import { CustomDomain } from './custom-domain';
import { idOf } from './entries';
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

  constructor(scope: Construct, id: string, { address, functions, settings }: WebSocketGatewayProps) {
    super(scope, id);
    const { api } = address;
    const routes = addRoutes(api, functions, settings);
    const stage = this.createStage(address, settings);
    stage.node.addDependency(...routes); // its throttle of $connect can't be set before the route is there
    if (settings.account_log_role === 'create') {
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
    const accessLog = new AccessLog(this, 'AccessLog', { fields: WEBSOCKET_FIELDS, settings });
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
      accessLogSettings: accessLog.settings,
      defaultRouteSettings: limits(settings.message_rate, settings.message_burst),
      // The settings of a route replace the default ones, all of them. CDK takes these as they go into the template.
      routeSettings: { $connect: inTemplate(limits(settings.connect_rate, settings.connect_burst)) },
    });
  }
}

function addRoutes(api: WebSocketApi, functions: Functions, settings: Settings): WebSocketRoute[] {
  const authorizer = new WebSocketLambdaAuthorizer('Authorizer', functions.of('websocket/authorize').lambda, {
    identitySource: [], // a token may be in the query or in a header; API Gateway would ask for all that is named here
  });
  const returnsReplies = settings.reply_by === 'route_response' && settings.stand_in_route_response === 'declared';
  return webSocketRoutes.map(({ routeKey, entry }) => {
    const connects = routeKey === '$connect';
    const isProtected = connects && settings.auth === 'token';
    const route = api.addRoute(routeKey, {
      integration: new WebSocketLambdaIntegration(idOf(entry), functions.of(entry).lambda),
      authorizer: isProtected ? authorizer : undefined,
      returnResponse: routeKey === '$default' && returnsReplies,
    });
    if (!isProtected) {
      const reason = connects
        ? 'Opened to everybody by the setting auth=none, which warns.'
        : 'API Gateway authorizes $connect alone: what comes here comes on a connection that it let in.';
      Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    }
    return route;
  });
}
