/** Routes of the HTTP API on AWS for what no call of it is: preflights, HEAD, and pages with credentials. */
import { functionNames } from '../../lambdas/routes';
import { type Json, type Synthesized, synthesize } from '../support/stack';

let stack: Synthesized;

beforeAll(() => {
  stack = synthesize();
});

/** Where each route of the HTTP API leads, and who is asked before. */
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

it('OPTIONS has open routes of its own for each path: $default would take preflights from the platform’s own answer', () => {
  const routes = routesOf(stack);
  for (const routeKey of ['OPTIONS /', 'OPTIONS /{proxy+}']) {
    expect(routes[routeKey]).toEqual({ target: routes.$default?.target, authorizer: undefined });
  }
});

it('HEAD has a route beside each of GET, with the same function and the same authorizer', () => {
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

test.each([
  ['*', undefined],
  ['https://app.example.com,https://Other.example.com', 'https://app.example.com,https://other.example.com'],
])('only the authorizer of connections is told the origins %s', (origins, expected) => {
  const stack = synthesize({ origins });
  const told = functionNames.filter((name) => 'ORIGINS' in stack.functionOf(name).Properties.Environment.Variables);
  expect(told).toEqual(expected === undefined ? [] : ['websocket/authorize']);
  expect(stack.functionOf('websocket/authorize').Properties.Environment.Variables.ORIGINS).toBe(expected);
});
