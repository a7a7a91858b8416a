import { httpCors, httpRoutes, webSocketRoutes } from '../../lambdas/routes';
import { type Json, type Resource, type Synthesized, synthesize } from '../support/stack';

const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/0f0a1b2c-1111-2222-3333-444455556666';

let closed: Synthesized;
let open: Synthesized;

beforeAll(() => {
  closed = synthesize();
  open = synthesize({ auth: 'none' });
});

interface Route {
  entry: string;
  authorizer: string | undefined;
}

/** The target of each route key of an API, according to the template. */
function routesOf(stack: Synthesized, api: string): Record<string, Route> {
  const routes = Object.values(stack.all('AWS::ApiGatewayV2::Route')).filter(
    ({ Properties }) => stack.text(Properties.ApiId) === `<${api}>`,
  );
  return Object.fromEntries(
    routes.map(({ Properties: route }) => {
      const integration = stack.text(route.Target).match(/^integrations\/<(.*)>$/)?.[1] ?? '';
      const uri = stack.text(stack.one('AWS::ApiGatewayV2::Integration', integration).Properties.IntegrationUri);
      const authorizer = route.AuthorizationType === 'CUSTOM' ? stack.text(route.AuthorizerId).slice(1, -1) : undefined;
      return [route.RouteKey, { entry: entryIn(uri), authorizer }];
    }),
  );
}

/** `<Functions/WebsocketConnect/Live>`, wherever it occurs in a text, as `websocket/connect`. */
function entryIn(text: string): string {
  const [, id = ''] = /<Functions\/(\w+)\/Live>/.exec(text) ?? [];
  const [group = '', ...name] = id.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
  return `${group}/${name.join('-')}`;
}

function stageOf(stack: Synthesized, api: 'WebSocketGateway' | 'HttpGateway'): Json {
  return stack.one('AWS::ApiGatewayV2::Stage', `${api}/Stage`).Properties;
}

describe('the WebSocket API', () => {
  it('has each route of the table, with its function', () => {
    const entries = Object.entries(routesOf(closed, 'WebSocket/Api')).map(([routeKey, { entry }]) => [routeKey, entry]);
    expect(Object.fromEntries(entries)).toEqual(
      Object.fromEntries(webSocketRoutes.map(({ routeKey, function: entry }) => [routeKey, entry])),
    );
  });

  it('asks an authorizer on $connect, however the token is sent', () => {
    const { $connect, ...others } = routesOf(closed, 'WebSocket/Api');
    const { Properties: authorizer } = closed.one('AWS::ApiGatewayV2::Authorizer', $connect?.authorizer);
    expect(authorizer.AuthorizerType).toBe('REQUEST');
    expect(authorizer.IdentitySource).toEqual([]);
    expect(authorizer.AuthorizerResultTtlInSeconds).toBeUndefined(); // WebSocket APIs refuse one
    expect(entryIn(closed.text(authorizer.AuthorizerUri))).toBe('websocket/authorize');
    for (const route of Object.values(others)) expect(route.authorizer).toBeUndefined();
  });

  it('lets API Gateway call those functions for those routes, and nobody else', () => {
    const callers = Object.values(closed.all('AWS::Lambda::Permission')).map(({ Properties }) => Properties);
    for (const { Principal, Action, SourceArn } of callers) {
      expect([Principal, Action]).toEqual(['apigateway.amazonaws.com', 'lambda:InvokeFunction']);
      expect(closed.text(SourceArn)).toMatch(/:<(WebSocket|HttpGateway)\/Api>\//);
    }
    const called = callers.map(({ FunctionName }) => entryIn(closed.text(FunctionName)));
    expect(new Set(called)).toEqual(
      new Set([
        ...[...webSocketRoutes, ...httpRoutes].map((route) => route.function as string),
        'websocket/authorize',
        'http/authorize',
      ]),
    );
  });

  it('sends back the result of the $default function, and of no other route', () => {
    const [response] = Object.values(closed.all('AWS::ApiGatewayV2::RouteResponse')) as [Resource];
    expect(Object.values(closed.all('AWS::ApiGatewayV2::RouteResponse'))).toHaveLength(1);
    const route = closed.one('AWS::ApiGatewayV2::Route', closed.text(response.Properties.RouteId).slice(1, -1));
    expect(route.Properties).toMatchObject({ RouteKey: '$default', RouteResponseSelectionExpression: '$default' });
  });

  it('throttles connecting separately from everything else', () => {
    const stage = stageOf(closed, 'WebSocketGateway');
    expect(stage.RouteSettings).toEqual({
      $connect: {
        ThrottlingRateLimit: 500,
        ThrottlingBurstLimit: 500,
        DetailedMetricsEnabled: false,
        LoggingLevel: 'OFF',
        DataTraceEnabled: false,
      },
    });
    expect(stage.DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 500 });
  });

  it('has no tracing and no execution logs, because these contain messages and their senders', () => {
    const { DefaultRouteSettings } = stageOf(closed, 'WebSocketGateway');
    expect(DefaultRouteSettings).toMatchObject({ LoggingLevel: 'OFF', DataTraceEnabled: false });
  });

  it('is deployed on its own, after its routes', () => {
    const { DependsOn = [], Properties } = closed.one('AWS::ApiGatewayV2::Stage', 'WebSocketGateway/Stage');
    expect(Properties.AutoDeploy).toBe(true);
    const waitsFor = DependsOn.map((id) => closed.text({ Ref: id }).slice(1, -1));
    expect(waitsFor).toEqual(
      expect.arrayContaining([
        ...Object.keys(closed.all('AWS::ApiGatewayV2::RouteResponse')),
        ...Object.keys(closed.all('AWS::ApiGatewayV2::Route')).filter((path) => path.startsWith('WebSocket/')),
      ]),
    );
  });
});

describe('the HTTP API', () => {
  it('has each route of the table, with its function, and the authorizer if the table requires the key', () => {
    const expected = httpRoutes.map(({ routeKey, function: entry, access }) => {
      const authorizer = access === 'api_key' ? 'HttpGateway/Api/Authorizer' : undefined;
      return [routeKey, { entry, authorizer }];
    });
    expect(routesOf(closed, 'HttpGateway/Api')).toEqual(Object.fromEntries(expected));
  });

  it('has events in the format that handlers read', () => {
    const integrations = Object.entries(closed.all('AWS::ApiGatewayV2::Integration')).filter(([path]) =>
      path.startsWith('HttpGateway/'),
    );
    for (const [, { Properties }] of integrations) expect(Properties.PayloadFormatVersion).toBe('2.0');
  });

  it('passes one header to its authorizer, and caches the answer for 30 seconds', () => {
    const { Properties: authorizer } = closed.one('AWS::ApiGatewayV2::Authorizer', 'HttpGateway/');
    expect(authorizer).toMatchObject({
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.Authorization'],
      AuthorizerResultTtlInSeconds: 30,
    });
    expect(entryIn(closed.text(authorizer.AuthorizerUri))).toBe('http/authorize');
  });

  it('is served at the root, with throttling', () => {
    expect(stageOf(closed, 'HttpGateway')).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      RouteSettings: { 'POST /tokens': { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 500 } }, // as for connecting
    });
  });

  it('answers preflights like one machine', () => {
    const { Properties: api } = closed.one('AWS::ApiGatewayV2::Api', 'HttpGateway/');
    expect(api.CorsConfiguration).toEqual({
      AllowOrigins: ['*'],
      AllowCredentials: false,
      AllowMethods: httpCors.allowMethods,
      AllowHeaders: httpCors.allowHeaders,
      ExposeHeaders: httpCors.exposeHeaders,
      MaxAge: 3_600,
    });
  });
});

describe.each(['WebSocketGateway', 'HttpGateway'] as const)('the access log of the %s', (gateway) => {
  it('is JSON, has the request id, and expires', () => {
    const { DestinationArn, Format } = stageOf(closed, gateway).AccessLogSettings;
    expect(JSON.parse(Format)).toMatchObject({ request_id: '$context.requestId', status: '$context.status' });
    const group = closed.text(DestinationArn).replace(/^<(.*)\.Arn>$/, '$1');
    expect(closed.one('AWS::Logs::LogGroup', group).Properties.RetentionInDays).toBe(30);
  });

  it('contains no possible secret: no query, no header, no path, no body', () => {
    const { Format } = stageOf(closed, gateway).AccessLogSettings;
    const variables: string[] = Format.match(/\$[\w.]+/g);
    for (const variable of variables) {
      expect(variable).toMatch(/^\$context\.(?!(.*\.)?(path|protocol|querystring|header|body|stageVariables)\b)/i);
    }
  });
});

describe('auth=none', () => {
  it('requires no key on the HTTP API', () => {
    const routes = Object.values(routesOf(open, 'HttpGateway/Api'));
    expect(routes.filter(({ authorizer }) => authorizer !== undefined)).toEqual([]);
  });

  it('has the same routes and authorizer on the WebSocket API, because the authorizer names the client', () => {
    const { $connect } = routesOf(open, 'WebSocket/Api');
    expect($connect?.authorizer).toBeDefined();
    expect(routesOf(open, 'WebSocket/Api')).toEqual(routesOf(closed, 'WebSocket/Api'));
    expect(open.one('AWS::ApiGatewayV2::Authorizer', $connect?.authorizer)).toEqual(
      closed.one('AWS::ApiGatewayV2::Authorizer', $connect?.authorizer),
    );
  });

  it.each([
    ['websocket/authorize', 'WebsocketAuthorize'],
    ['http/tokens', 'HttpTokens'],
  ] as const)(
    'gives %s no signing key: tokens signed now would remain valid once access is restricted again',
    (entry, id) => {
      const { Variables } = open.functionOf(entry).Properties.Environment;
      expect(Object.keys(Variables)).not.toContain('SIGNING_KEY_SECRET');
      const { Properties: role } = open.one('AWS::IAM::Role', `Functions/${id}/`);
      expect(JSON.stringify(role.Policies)).not.toContain('secretsmanager');
    },
  );

  it('keeps the keys, so that restricting access again changes no key', () => {
    expect(Object.keys(open.all('AWS::SecretsManager::Secret'))).toEqual(
      Object.keys(closed.all('AWS::SecretsManager::Secret')),
    );
  });
});

describe('the settings of the gateways', () => {
  it('apply to throttles, origins and the names in URLs', () => {
    const stack = synthesize({
      stage_name: 'v2',
      connect_rate: '10',
      connect_burst: '11',
      message_rate: '12',
      message_burst: '13',
      http_rate: '14',
      http_burst: '15',
      cors_origins: 'https://a.example.com,https://b.example.com',
      detailed_metrics: 'yes',
    });
    const webSocket = stageOf(stack, 'WebSocketGateway');
    expect(webSocket.StageName).toBe('v2');
    expect(webSocket.RouteSettings.$connect).toMatchObject({ ThrottlingRateLimit: 10, ThrottlingBurstLimit: 11 });
    expect(webSocket.DefaultRouteSettings).toMatchObject({ ThrottlingRateLimit: 12, ThrottlingBurstLimit: 13 });
    expect(webSocket.DefaultRouteSettings.DetailedMetricsEnabled).toBe(true);
    expect(stageOf(stack, 'HttpGateway').DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 14,
      ThrottlingBurstLimit: 15,
      DetailedMetricsEnabled: true,
    });
    const { Properties: api } = stack.one('AWS::ApiGatewayV2::Api', 'HttpGateway/');
    expect(api.CorsConfiguration.AllowOrigins).toEqual(['https://a.example.com', 'https://b.example.com']);
    expect(stack.outputs.WebSocketUrl).toBe('wss://<WebSocket/Api>.execute-api.<AWS::Region>.<AWS::URLSuffix>/v2');
  });

  it('put custom domains in front, while pushes use the platform’s own address', () => {
    const stack = synthesize({
      websocket_domain: 'ws.example.com',
      http_domain: 'api.example.com',
      certificate_arn: CERTIFICATE,
    });
    const domains = Object.values(stack.all('AWS::ApiGatewayV2::DomainName')).map(({ Properties }) => Properties);
    expect(domains.map(({ DomainName }) => DomainName).sort()).toEqual(['api.example.com', 'ws.example.com']);
    for (const { DomainNameConfigurations } of domains) {
      expect(DomainNameConfigurations).toEqual([
        { CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ]);
    }
    const mapped = Object.values(stack.all('AWS::ApiGatewayV2::ApiMapping')).map(({ Properties }) =>
      [Properties.ApiId, Properties.Stage].map(stack.text),
    );
    expect(mapped.sort()).toEqual([
      ['<HttpGateway/Api>', '<HttpGateway/Stage>'],
      ['<WebSocket/Api>', '<WebSocketGateway/Stage>'],
    ]);
    expect(stack.outputs).toMatchObject({ WebSocketUrl: 'wss://ws.example.com', HttpUrl: 'https://api.example.com' });
    expect(Object.keys(stack.outputs)).toEqual(expect.arrayContaining(['WebSocketDomainTarget', 'HttpDomainTarget']));
    const { Variables } = stack.functionOf('http/push').Properties.Environment;
    expect(stack.text(Variables.CALLBACK_URL)).toMatch(/^https:\/\/<WebSocket\/Api>\.execute-api\./);
  });
});
