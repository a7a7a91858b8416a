/** Routes of the HTTP API on AWS that are not calls: preflights, HEAD, and pages with credentials. */
import { functionNames } from '../../lambdas/routes';
import { type Json, type Synthesized, synthesize } from '../support/stack';

let stack: Synthesized;

beforeAll(() => {
  stack = synthesize();
});

/** The target of each route of the HTTP API, and its authorizer. */
function routesOf(synthesized: Synthesized): Record<string, { target: string; authorizer: string | undefined }> {
  const routes = Object.values(synthesized.all('AWS::ApiGatewayV2::Route'))
    .map(({ Properties }) => Properties)
    .filter(({ ApiId }) => synthesized.text(ApiId) === '<HttpGateway/Api>');
  const entries = routes.map((route: Json) => {
    const authorizer = route.AuthorizerId === undefined ? undefined : synthesized.text(route.AuthorizerId);
    return [route.RouteKey, { target: synthesized.text(route.Target), authorizer }];
  });
  return Object.fromEntries(entries);
}

it('OPTIONS has a public route for each path: otherwise $default would replace the platform’s own preflight answer', () => {
  const routes = routesOf(stack);
  for (const routeKey of ['OPTIONS /', 'OPTIONS /{proxy+}']) {
    expect(routes[routeKey]).toEqual({ target: routes.$default?.target, authorizer: undefined });
  }
});

it('HEAD has a route next to each GET, with the same function and the same authorizer', () => {
  const routes = routesOf(stack);
  const gets = Object.keys(routes).filter((routeKey) => routeKey.startsWith('GET '));
  expect(gets.length).toBeGreaterThan(5);
  for (const get of gets) expect(routes[get.replace('GET', 'HEAD')]).toEqual(routes[get]);
});

it.each([
  ['*', false],
  ['https://a.example.com', true],
])('pages of the origins %s may send credentials: %s', (cors_origins, expected) => {
  const { Properties: api } = synthesize({ cors_origins }).one('AWS::ApiGatewayV2::Api', 'HttpGateway/');
  expect(api.CorsConfiguration).toMatchObject({ AllowOrigins: [cors_origins], AllowCredentials: expected });
});

const OWN_DOMAIN = {
  http_domain: 'api.example.com',
  certificate_arn: 'arn:aws:acm:eu-west-1:123456789012:certificate/0f0a1b2c-1111-2222-3333-444455556666',
};
const OWN_URL = 'https://<HttpGateway/Api>.execute-api.<AWS::Region>.<AWS::URLSuffix>';

test.each([
  [{ origins: '*' }, undefined],
  [
    { origins: 'https://A.example.com,https://b.example.com' },
    `https://a.example.com,https://b.example.com,${OWN_URL}`,
  ],
  [{ origins: 'https://a.example.com', ...OWN_DOMAIN }, 'https://a.example.com,https://api.example.com'],
])('only the WebSocket authorizer gets the origins of %j, and its own', (settings, expected) => {
  const stack = synthesize(settings);
  const told = functionNames.filter((name) => 'ORIGINS' in stack.functionOf(name).Properties.Environment.Variables);
  expect(told).toEqual(expected === undefined ? [] : ['websocket/authorize']);
  const { ORIGINS } = stack.functionOf('websocket/authorize').Properties.Environment.Variables;
  expect(ORIGINS && stack.text(ORIGINS)).toBe(expected);
});
