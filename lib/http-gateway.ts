/** The HTTP API: routes, authorization, rate limits and access log. */
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
import { authorizers, type FunctionName, httpCors, httpRoutes } from '../lambdas/routes';
import { AccessLog, HTTP_FIELDS } from './access-log';
import { apiHost } from './api-host';
import { CustomDomain } from './custom-domain';
import { idOf } from './function-table';
import type { Functions } from './functions';
import { inTemplate } from './in-template';
import type { Settings } from './settings';

/**
 * How long API Gateway caches the authorizer's answer. A retired key works up to this long after the authorizer has noticed. A caller in
 * a loop costs two checks a minute.
 */
const AUTHORIZED_FOR = Duration.seconds(30);

const TOKENS = 'POST /tokens' satisfies (typeof httpRoutes)[number]['routeKey'];

/** Public and large responses, so a stranger could run up costs. */
const DOCUMENTS = httpRoutes
  .map(({ routeKey }) => routeKey)
  .filter((routeKey) => /^(GET|HEAD) \/(docs|console|openapi|asyncapi)/.test(routeKey));

export interface HttpGatewayProps {
  functions: Functions;
  settings: Settings;
}

export class HttpGateway extends Construct {
  readonly api: HttpApi;
  readonly url: string;
  readonly domain: CustomDomain | undefined;
  readonly accessLog: AccessLog;

  constructor(scope: Construct, id: string, { functions, settings }: HttpGatewayProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `${Stack.of(this).stackName} HTTP`,
      createDefaultStage: false,
      corsPreflight: {
        allowOrigins: settings.cors_origins,
        allowMethods: httpCors.allowMethods.map((method) => method as CorsHttpMethod),
        allowHeaders: [...httpCors.allowHeaders],
        exposeHeaders: [...httpCors.exposeHeaders],
        allowCredentials: !settings.cors_origins.includes('*'), // browsers do not allow both, and API Gateway refuses the combination
        maxAge: Duration.seconds(httpCors.maxAge),
      },
    });
    this.url = `https://${settings.http_domain ?? apiHost(this.api)}`;
    const routes = this.addRoutes(functions, settings);
    this.accessLog = new AccessLog(this, 'AccessLog', { name: 'http', fields: HTTP_FIELDS, settings });
    const limits = (rate: number, burst: number): CfnStage.RouteSettingsProperty => ({
      detailedMetricsEnabled: settings.detailed_metrics,
      throttlingRateLimit: rate,
      throttlingBurstLimit: burst,
    });
    const stage = new CfnStage(this, 'Stage', {
      apiId: this.api.apiId,
      stageName: '$default', // no stage in the URL, so paths are the same as on one machine
      autoDeploy: true,
      accessLogSettings: this.accessLog.settings,
      defaultRouteSettings: limits(settings.http_rate, settings.http_burst),
      routeSettings: {
        // A client that connects has usually just requested a token.
        [TOKENS]: inTemplate(limits(settings.connect_rate, settings.connect_burst)),
        ...Object.fromEntries(
          DOCUMENTS.map((routeKey) => [routeKey, inTemplate(limits(settings.docs_rate, settings.docs_burst))]),
        ),
      },
    });
    stage.node.addDependency(...routes); // route settings need existing routes
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
    const authorizer = new HttpLambdaAuthorizer('Authorizer', functions.of(authorizers.http).live, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ['$request.header.Authorization'], // if it is missing, API Gateway answers 401 without a call
      resultsCacheTtl: AUTHORIZED_FOR,
    });
    const integrations = new Map<FunctionName, HttpLambdaIntegration>();
    return httpRoutes.map(({ routeKey, function: name, access }) => {
      const integration = integrations.get(name) ?? new HttpLambdaIntegration(idOf(name), functions.of(name).live);
      integrations.set(name, integration);
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
            ? 'Open by design: it describes the service, reads no data and reaches no client.'
            : 'Opened by the setting auth=none, which prints a warning.';
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
