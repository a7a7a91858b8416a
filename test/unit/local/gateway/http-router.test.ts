import { createRouter } from '../../../../local/gateway/http-router';

const route = createRouter(['GET /pets/{pet_id}', 'GET /pets/mine', 'POST /pets', 'ANY /any', '$default']);

describe('the HTTP router', () => {
  it.each([
    ['GET', '/pets/7', 'GET /pets/{pet_id}', { pet_id: '7' }],
    ['GET', '/pets/mine', 'GET /pets/mine', {}],
    ['GET', '/pets/a%2Fb%20c', 'GET /pets/{pet_id}', { pet_id: 'a/b c' }],
    ['GET', '/pets/%zz', 'GET /pets/{pet_id}', { pet_id: '%zz' }],
    ['GET', '/pets/__proto__', 'GET /pets/{pet_id}', { pet_id: '__proto__' }],
    ['POST', '/pets', 'POST /pets', {}],
    ['PATCH', '/any', 'ANY /any', {}],
    ['GET', '/pets/', '$default', {}],
    ['GET', '/pets', '$default', {}],
    ['GET', '//', '$default', {}],
  ])('routes %s %s to %s', (method, path, routeKey, pathParameters) => {
    expect(route(method, path)).toEqual({ routeKey, pathParameters });
  });

  it('finds no route if none matches and there is no $default', () => {
    expect(createRouter(['GET /'])('GET', '/other')).toBeUndefined();
  });
});
