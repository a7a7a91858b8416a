/** CORS of an HTTP API, as in docs/fidelity.md: a preflight is answered with or without a route, and only the configuration counts. */
import type { CorsConfiguration } from '../../local/gateway/cors';
import type { HandlerResult } from '../../local/gateway/handler';
import { startHttpGateway, type TestHttpGateway } from '../support/http-gateway';

let gateway: TestHttpGateway;

afterEach(() => gateway.stop());

const CORS: CorsConfiguration = {
  allowOrigins: ['https://app.example.com', 'http://localhost:3000'],
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['authorization', 'content-type'],
  maxAge: 300,
};

const ORIGIN = 'https://app.example.com';

async function start(
  cors: Partial<CorsConfiguration> = {},
  result: HandlerResult = { statusCode: 200 },
  routeKeys = ['GET /pets'],
) {
  gateway = await startHttpGateway(routeKeys, async () => result, { cors: { ...CORS, ...cors } });
}

function preflight(origin: string, path = '/pets') {
  return gateway.send('OPTIONS', path, { headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } });
}

const ALLOWED = {
  'access-control-allow-origin': ORIGIN,
  vary: 'origin',
  'access-control-allow-methods': 'GET,POST',
  'access-control-allow-headers': 'authorization,content-type',
  'access-control-max-age': '300',
};

describe('a preflight', () => {
  it.each(['/pets', '/no/route'])('to %s is answered by the gateway, not by a handler', async (path) => {
    await start();
    expect(await preflight(ORIGIN, path)).toStrictEqual({ status: 204, headers: ALLOWED, body: '' });
    expect(gateway.events).toEqual([]);
  });

  it.each(['https://evil.example.com', 'https://app.example.com.evil.com', 'http://app.example.com', 'null'])(
    'from %s, which is not allowed, gets no headers',
    async (origin) => {
      await start();
      expect(await preflight(origin)).toStrictEqual({ status: 204, headers: {}, body: '' });
    },
  );

  it('from anywhere gets * if all origins are allowed', async () => {
    await start({ allowOrigins: ['*'] });
    const { vary: _, ...headers } = { ...ALLOWED, 'access-control-allow-origin': '*' };
    expect(await preflight('https://anywhere.example.org')).toStrictEqual({ status: 204, headers, body: '' });
  });

  it('gets the headers that it requests if all are allowed, and the configured list if it requests none', async () => {
    await start({ allowHeaders: ['*', 'authorization'] });
    const asked = { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' };
    const send = async (headers: Record<string, string>) =>
      (await gateway.send('OPTIONS', '/pets', { headers })).headers;
    expect(await send({ ...asked, 'Access-Control-Request-Headers': 'traceparent,x-requested-with' })).toMatchObject({
      'access-control-allow-headers': 'traceparent,x-requested-with',
    });
    expect(await send(asked)).toMatchObject({ 'access-control-allow-headers': '*,authorization' });
  });

  it.each(['OPTIONS /pets', 'ANY /pets', 'OPTIONS /{proxy+}', '$default'])(
    'is for the route %s, whose answer gets the configured headers',
    async (routeKey) => {
      await start({}, { statusCode: 204, headers: { allow: 'GET' } }, ['GET /pets', routeKey]);
      expect(await preflight(ORIGIN)).toStrictEqual({ status: 204, headers: { ...ALLOWED, allow: 'GET' }, body: '' });
      expect(gateway.events.map((event) => event.routeKey)).toEqual([routeKey]);
    },
  );

  it('needs Origin and Access-Control-Request-Method: any other OPTIONS is an ordinary request', async () => {
    await start({}, undefined, ['OPTIONS /pets']);
    const alone = { 'Access-Control-Request-Method': 'POST' };
    expect((await gateway.send('OPTIONS', '/pets', { headers: alone })).status).toBe(200);
    expect((await gateway.send('OPTIONS', '/pets', { headers: { Origin: ORIGIN } })).status).toBe(200);
    expect(gateway.events.map(({ routeKey }) => routeKey)).toEqual(['OPTIONS /pets', 'OPTIONS /pets']);
  });
});

describe('a request', () => {
  const origin = { 'access-control-allow-origin': ORIGIN, vary: 'origin' };

  it('from an allowed origin has that origin in its answer', async () => {
    await start();
    const answer = await gateway.send('GET', '/pets', { headers: { Origin: ORIGIN } });
    expect(answer).toStrictEqual({ status: 200, headers: { ...origin, 'content-length': '0' }, body: '' });
    expect(gateway.events).toHaveLength(1);
  });

  it('from an origin that is not allowed reaches the handler, and its answer has no CORS headers', async () => {
    await start();
    const answer = await gateway.send('GET', '/pets', { headers: { Origin: 'https://evil.example.com' } });
    expect(answer).toStrictEqual({ status: 200, headers: { 'content-length': '0' }, body: '' });
    expect(gateway.events).toHaveLength(1);
  });

  it('with credentials is readable if the configuration allows credentials, from a listed origin', async () => {
    const expected = { ...origin, 'access-control-allow-credentials': 'true' };
    await start({ allowCredentials: true });
    const { headers } = await gateway.send('GET', '/pets', { headers: { Origin: ORIGIN, Cookie: 'a=1' } });
    expect(headers).toStrictEqual({ ...expected, 'content-length': '0' });
    expect((await preflight(ORIGIN)).headers).toStrictEqual({ ...ALLOWED, ...expected });
    expect((await preflight('https://evil.example.com')).headers).toStrictEqual({});
  });

  it('exposes the configured headers to the page', async () => {
    await start({ exposeHeaders: ['retry-after', 'location'] });
    const { headers } = await gateway.send('GET', '/pets', { headers: { Origin: ORIGIN } });
    expect(headers).toMatchObject({ 'access-control-expose-headers': 'retry-after,location' });
  });

  it('without an Origin exposes none', async () => {
    await start({ allowOrigins: ['*'] });
    expect((await gateway.send('GET', '/pets')).headers).toStrictEqual({ 'content-length': '0' });
  });

  it.each([
    ['https://*', 'https://any.example.org', 'http://any.example.org'],
    ['http://*', 'http://any.example.org', 'https://any.example.org'],
  ])('is allowed from any origin with the scheme if %s is allowed', async (allowed, good, bad) => {
    await start({ allowOrigins: [allowed] });
    const headersFor = async (Origin: string) => (await gateway.send('GET', '/pets', { headers: { Origin } })).headers;
    expect(await headersFor(good)).toMatchObject({ 'access-control-allow-origin': good, vary: 'origin' });
    expect(await headersFor(bad)).not.toHaveProperty('access-control-allow-origin');
  });

  it('gets the headers even without a matching route, so that a page can read the 404', async () => {
    await start();
    const { status, headers } = await gateway.send('GET', '/no/route', { headers: { Origin: ORIGIN } });
    expect(status).toBe(404);
    expect(headers).toMatchObject(origin);
  });

  it('gets the gateway’s CORS headers, never those of its handler', async () => {
    const headers = { 'Access-Control-Allow-Origin': '*', 'access-control-allow-credentials': 'true', 'X-Tag': 'mine' };
    await start({}, { statusCode: 200, headers });
    const answers = [ORIGIN, 'https://evil.example.com'].map((Origin) =>
      gateway.send('GET', '/pets', { headers: { Origin } }),
    );
    const own = { 'x-tag': 'mine', 'content-length': '0' };
    expect((await Promise.all(answers)).map((answer) => answer.headers)).toStrictEqual([{ ...origin, ...own }, own]);
  });
});

it('without a configuration a handler’s own headers are sent, and OPTIONS is an ordinary request', async () => {
  const headers = { 'access-control-allow-origin': '*' };
  gateway = await startHttpGateway(['GET /pets'], async () => ({ statusCode: 200, headers }));
  expect((await gateway.send('GET', '/pets', { headers: { Origin: ORIGIN } })).headers).toMatchObject(headers);
  expect((await preflight(ORIGIN)).status).toBe(404);
});
