/** The Lambda authorizer of an HTTP API, as in docs/fidelity.md: payload 2.0, simple responses, per route. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { HttpAuthorizer, HttpAuthorizerEvent, HttpAuthorizerResult } from '../../local/gateway/http-authorizer';
import { type SendOptions, startHttpGateway, type TestHttpGateway } from '../support/http-gateway';
import { hostOf, ID, START, START_TIME, TRACE_ID } from './expected-context';

let gateway: TestHttpGateway;
let asked: HttpAuthorizerEvent[];

afterEach(() => gateway.stop());

const GUARDED = ['GET /pets/{pet_id}', 'ANY /pets'];
const AUTHORIZATION = '$request.header.Authorization';

type Handler = HttpAuthorizer['handler'];

const allow: Handler = async () => ({ isAuthorized: true });

async function start(handler: Handler = allow, identitySources: string[] = [AUTHORIZATION]) {
  asked = [];
  const authorizer: HttpAuthorizer = {
    handler(event) {
      asked.push(event);
      return handler(event);
    },
    identitySources,
    routes: GUARDED,
  };
  const cors = { allowOrigins: ['*'], allowMethods: ['GET'], allowHeaders: ['authorization'], maxAge: 300 };
  const routes = [...GUARDED, 'GET /health', '$default'];
  gateway = await startHttpGateway(routes, async () => ({ statusCode: 204 }), { authorizer, cors });
}

function own(status: number, message: string) {
  const body = JSON.stringify({ message });
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  return { status, headers, body };
}

const unauthorized = own(401, 'Unauthorized');
const forbidden = own(403, 'Forbidden');
const failed = own(500, 'Internal Server Error');

const credential: SendOptions = { headers: { Authorization: 'Bearer x' } };

describe('the authorizer’s event', () => {
  it('is exactly this: the route’s event without the body, with type, ARN and identities', async () => {
    await start(allow, [AUTHORIZATION, '$request.querystring.name']);
    await gateway.send('GET', '/pets/a%20b?name=Ann&size=1&size=2', {
      headers: { ...credential.headers, Cookie: 'a=1', 'User-Agent': 'probe/1' },
    });
    const routeKey = 'GET /pets/{pet_id}';
    const path = '/pets/a%20b';
    expect(asked).toStrictEqual([
      {
        version: '2.0',
        type: 'REQUEST',
        routeArn: `arn:aws:execute-api:local:000000000000:local/$default/GET${path}`,
        identitySource: ['Bearer x', 'Ann'],
        routeKey,
        rawPath: path,
        rawQueryString: 'name=Ann&size=1&size=2',
        cookies: ['a=1'],
        headers: {
          authorization: 'Bearer x',
          'content-length': '0',
          host: hostOf(gateway.url),
          'user-agent': 'probe/1',
          'x-amzn-trace-id': TRACE_ID,
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-port': new URL(gateway.url).port,
          'x-forwarded-proto': 'http',
        },
        queryStringParameters: { name: 'Ann', size: '1,2' },
        requestContext: {
          accountId: '000000000000',
          apiId: 'local',
          domainName: hostOf(gateway.url),
          domainPrefix: '127',
          http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'probe/1' },
          requestId: ID,
          routeKey,
          stage: '$default',
          time: START_TIME,
          timeEpoch: START,
        },
        pathParameters: { pet_id: 'a b' },
      },
    ]);
  });

  it('does not contain the body', async () => {
    await start();
    await gateway.send('POST', '/pets', { ...credential, body: 'a secret' });
    expect(asked[0]).not.toHaveProperty('body');
    expect(asked[0]).not.toHaveProperty('isBase64Encoded');
    expect(gateway.events).toMatchObject([{ body: Buffer.from('a secret').toString('base64') }]);
  });
});

it('refuses before the body has arrived: an unauthorized body is neither awaited nor kept', async () => {
  await start(async () => ({ isAuthorized: false }));
  const headers = { ...credential.headers, 'Content-Length': '10000000' };
  const sent = request(`${gateway.url}/pets`, { method: 'POST', headers, agent: false });
  sent.write('the first of many bytes');
  const [response] = await once(sent, 'response');
  expect(response.statusCode).toBe(403);
  sent.destroy();
});

it('allows anybody 64 KiB of body on public routes, and authorized callers 10 MB on the others', async () => {
  await start();
  const send = (path: string, size: number) => gateway.send('POST', path, { ...credential, body: Buffer.alloc(size) });
  expect((await send('/nothing', 65_536)).status).toBe(204);
  expect(await send('/nothing', 65_537)).toMatchObject({ status: 413, body: '{"message":"Request Entity Too Large"}' });
  expect((await send('/pets', 10_485_760)).status).toBe(204);
});

describe('the authorizer’s routes', () => {
  it('are those that name it; all others are public', async () => {
    await start(async () => ({ isAuthorized: false }));
    for (const path of ['/health', '/nothing', '/pets/7/toys']) {
      expect((await gateway.send('GET', path)).status).toBe(204);
    }
    expect(asked).toEqual([]);
    for (const path of ['/pets', '/pets/7']) expect((await gateway.send('GET', path, credential)).status).toBe(403);
    expect(asked.map(({ routeKey }) => routeKey)).toEqual(['ANY /pets', 'GET /pets/{pet_id}']);
  });

  it('include a preflight if their method is ANY, unless a public route matches it', async () => {
    await start();
    const headers = { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'GET' };
    expect((await gateway.send('OPTIONS', '/pets', { headers })).status).toBe(401);
    expect((await gateway.send('OPTIONS', '/pets/7', { headers })).status).toBe(204);
    expect(gateway.events.map(({ routeKey }) => routeKey)).toEqual(['$default']);
    expect(asked).toEqual([]);
  });
});

describe('identity sources', () => {
  const both = [AUTHORIZATION, '$request.querystring.name'];

  it.each([
    ['nothing', '/pets', {}],
    ['only the query', '/pets?name=Ann', {}],
    ['only the header', '/pets', { Authorization: 'x' }],
    ['an empty header', '/pets?name=Ann', { Authorization: '' }],
    ['an empty query parameter', '/pets?name=', { Authorization: 'x' }],
    ['a parameter in another case', '/pets?Name=Ann', { Authorization: 'x' }],
  ])('give 401 with %s, without a call of the authorizer or the route', async (_, path, headers) => {
    await start(allow, both);
    expect(await gateway.send('GET', path, { headers })).toStrictEqual(unauthorized);
    expect([asked, gateway.events]).toEqual([[], []]);
  });

  it('are found in a header of any case', async () => {
    await start();
    expect((await gateway.send('GET', '/pets', { headers: { AUTHORIZATION: 'x' } })).status).toBe(204);
    expect(asked[0]?.identitySource).toEqual(['x']);
  });

  it('may be empty: then the authorizer is asked about every call', async () => {
    await start(allow, []);
    expect((await gateway.send('GET', '/pets')).status).toBe(204);
    expect(asked[0]?.identitySource).toEqual([]);
  });

  it('of an unknown form fail the call, not the server', async () => {
    await start(allow, ['request.header.Authorization']);
    expect(await gateway.send('GET', '/pets', credential)).toStrictEqual(failed);
    expect(asked).toEqual([]);
  });
});

describe('the authorizer’s answer', () => {
  it('lets the call through with isAuthorized, with its context of any JSON', async () => {
    const context = { name: 'Ann', level: 3, admin: true, roles: ['a', 'b'], deep: { one: null } };
    await start(async () => ({ isAuthorized: true, context }));
    expect((await gateway.send('GET', '/pets', credential)).status).toBe(204);
    expect(gateway.events[0]?.requestContext).toMatchObject({ authorizer: { lambda: context } });
  });

  it('passes null on if it has no context', async () => {
    await start();
    await gateway.send('GET', '/pets', credential);
    expect(gateway.events[0]?.requestContext).toMatchObject({ authorizer: { lambda: null } });
  });

  it('gives 403 Forbidden without isAuthorized, and the route is not called', async () => {
    await start(async () => ({ isAuthorized: false, context: { why: 'nobody is told' } }));
    expect(await gateway.send('GET', '/pets', credential)).toStrictEqual(forbidden);
    expect(gateway.events).toEqual([]);
    expect(gateway.errors).toEqual([]);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'yes'],
    ['no isAuthorized', { context: {} }],
    ['isAuthorized as a string', { isAuthorized: 'true' }],
    ['a policy instead of a simple response', { principalId: 'a', policyDocument: { Statement: [] } }],
  ])('of %s gives 500, is reported to the host, and reveals nothing to the caller', async (_, result) => {
    await start(async () => result as HttpAuthorizerResult);
    expect(await gateway.send('GET', '/pets', credential)).toStrictEqual(failed);
    expect(gateway.errors).toEqual([{ route: 'authorizer', error: expect.any(Error) }]);
    expect(gateway.events).toEqual([]);
  });

  it('gives 500 if it is an error', async () => {
    const error = new Error('the keys are gone');
    await start(() => Promise.reject(error));
    expect(await gateway.send('GET', '/pets', credential)).toStrictEqual(failed);
    expect(gateway.errors).toEqual([{ route: 'authorizer', error }]);
  });

  it('is never cached for the next call', async () => {
    const answers = [true, false, true];
    await start(async () => ({ isAuthorized: answers.shift() === true }));
    const statuses = [];
    for (let call = 0; call < 3; call++) statuses.push((await gateway.send('GET', '/pets', credential)).status);
    expect(statuses).toEqual([204, 403, 204]);
  });

  it('can be read by a page of an allowed origin if it refuses', async () => {
    await start(async () => ({ isAuthorized: false }));
    const headers = { ...credential.headers, Origin: 'https://app.example.com' };
    expect((await gateway.send('GET', '/pets', { headers })).headers).toMatchObject({
      'access-control-allow-origin': '*',
    });
  });

  it('reaches a caller that has sent a large body if it refuses', async () => {
    await start(async () => ({ isAuthorized: false }));
    const answer = await gateway.send('POST', '/pets', { ...credential, body: Buffer.alloc(1_048_576) });
    expect(answer).toStrictEqual(forbidden);
  });
});
