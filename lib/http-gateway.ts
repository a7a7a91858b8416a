/** The HTTP API: its routes, who may call them, how fast, and what is logged. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  CfnStage,
  type CorsHttpMethod,
  HttpApi,
  type HttpMethod,
  HttpRoute,
  HttpRouteKey,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { httpCors, httpRoutes } from '../lambdas/routes';
import { AccessLog, HTTP_FIELDS } from './access-log';
import { CustomDomain } from './custom-domain';
import { endpointOf } from './endpoint';
import { type Entry, idOf } from './entries';
import type { Functions } from './functions';
import { inTemplate } from './in-template';
import type { Settings } from './settings';

/**
 * How long API Gateway goes on with an authorizer's answer: so much longer does a key that was retired open something,
 * after the authorizer itself has noticed; and a caller in a loop costs two checks a minute.
 */
const AUTHORIZED_FOR = Duration.seconds(30);

const TOKENS = 'POST /tokens' satisfies (typeof httpRoutes)[number]['routeKey'];

export interface HttpGatewayProps {
  functions: Functions;
  settings: Settings;
}

export class HttpGateway extends Construct {
  readonly api: HttpApi;
  readonly url: string;
  readonly domain: CustomDomain | undefined;

  constructor(scope: Construct, id: string, { functions, settings }: HttpGatewayProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName} HTTP`,
      createDefaultStage: false,
      corsPreflight: {
        allowOrigins: settings.cors_origins,
        allowMethods: httpCors.allowMethods.map((method) => method as CorsHttpMethod),
        allowHeaders: [...httpCors.allowHeaders],
        maxAge: Duration.seconds(httpCors.maxAge),
      },
    });
    const { scheme, host } = endpointOf(this.api, settings);
    this.url = settings.http_domain ? `https://${settings.http_domain}` : `${scheme}://${host}`;
    const routes = this.addRoutes(functions, settings);
    const accessLog = new AccessLog(this, 'AccessLog', { fields: HTTP_FIELDS, settings });
    const stage = new CfnStage(this, 'Stage', {
      apiId: this.api.apiId,
      stageName: '$default', // its URL has no stage in it: paths are the same as on one machine
      autoDeploy: true,
      accessLogSettings: accessLog.settings,
      defaultRouteSettings: {
        detailedMetricsEnabled: settings.detailed_metrics,
        throttlingRateLimit: settings.http_rate,
        throttlingBurstLimit: settings.http_burst,
      },
      // Whoever connects has asked for a token before, as a rule.
      routeSettings: {
        [TOKENS]: inTemplate({
          detailedMetricsEnabled: settings.detailed_metrics,
          throttlingRateLimit: settings.connect_rate,
          throttlingBurstLimit: settings.connect_burst,
        }),
      },
    });
    stage.node.addDependency(...routes); // the throttle of a route can't be set before it is there
    if (settings.http_domain !== undefined && settings.certificate_arn !== undefined) {
      this.domain = new CustomDomain(this, 'Domain', {
        domain: settings.http_domain,
        certificateArn: settings.certificate_arn,
        apiId: this.api.apiId,
        stage,
      });
    }
  }

  private addRoutes(functions: Functions, settings: Settings): HttpRoute[] {
    const authorizer = new HttpLambdaAuthorizer('Authorizer', functions.of('http/authorize').lambda, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ['$request.header.Authorization'], // without it, 401 and no call
      resultsCacheTtl: AUTHORIZED_FOR,
    });
    const integrations = new Map<Entry, HttpLambdaIntegration>();
    return httpRoutes.map(({ routeKey, entry, access }) => {
      const integration = integrations.get(entry) ?? new HttpLambdaIntegration(idOf(entry), functions.of(entry).lambda);
      integrations.set(entry, integration);
      const isProtected = access === 'api_key' && settings.auth === 'token';
      const route = new HttpRoute(this, routeKey, {
        httpApi: this.api,
        routeKey: routeKeyOf(routeKey),
        integration,
        authorizer: isProtected ? authorizer : undefined,
      });
      if (!isProtected) {
        const reason =
          access === 'open'
            ? 'Open by design: it describes the service, and neither reads data nor reaches a client.'
            : 'Opened to everybody by the setting auth=none, which warns.';
        Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
      }
      return route;
    });
  }
}

function routeKeyOf(routeKey: string): HttpRouteKey {
  const [method, path] = routeKey.split(' ');
  return path === undefined ? HttpRouteKey.DEFAULT : HttpRouteKey.with(path, method as HttpMethod);
}
