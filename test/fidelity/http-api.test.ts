/** The HTTP API in docs/fidelity.md: complete events of payload 2.0, and what happens to a function's answer. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Handler, HandlerResult } from '../../local/gateway/handler';
import type { InvocationContext } from '../../local/gateway/invocation-context';
import { deferred } from '../support/deferred';
import { startHttpGateway, type TestHttpGateway } from '../support/http-gateway';
import { hostOf, ID, START, START_TIME, TRACE_ID } from './expected-context';

let gateway: TestHttpGateway;

afterEach(() => gateway.stop());

const ROUTES = ['GET /pets/{pet_id}', 'ANY /pets', 'GET /pets/{pet_id}/toys/{toy}'];

async function start(handler: Handler<APIGatewayProxyEventV2> = async () => ({ statusCode: 204 }), routeKeys = ROUTES) {
  gateway = await startHttpGateway(routeKeys, handler);
}

/** Answers every call with this. */
function startAnswering(result: unknown) {
  return start(async () => result as HandlerResult);
}

/** The headers that every event has. */
function expectedHeaders(contentLength = 0) {
  return {
    'content-length': String(contentLength),
    host: hostOf(gateway.url),
    'x-amzn-trace-id': TRACE_ID,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-port': new URL(gateway.url).port,
    'x-forwarded-proto': 'http',
  };
}

function expectedContext(routeKey: string, method: string, path: string, userAgent = '') {
  return {
    accountId: '000000000000',
    apiId: 'local',
    domainName: hostOf(gateway.url),
    domainPrefix: '127',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent },
    requestId: ID,
    routeKey,
    stage: '$default',
    time: START_TIME,
    timeEpoch: START,
  };
}

describe('payload 2.0', () => {
  it('is exactly this if a request has nothing more', async () => {
    await start();
    await gateway.send('DELETE', '/pets');
    expect(gateway.events).toStrictEqual([
      {
        version: '2.0',
        routeKey: 'ANY /pets',
        rawPath: '/pets',
        rawQueryString: '',
        headers: expectedHeaders(),
        requestContext: expectedContext('ANY /pets', 'DELETE', '/pets'),
        isBase64Encoded: false,
      },
    ]);
  });

  it('has cookies, joined headers and query, path parameters and a body if the request has them', async () => {
    await start(undefined, ['POST /pets/{pet_id}/toys/{toy}']);
    const body = '{"name":"žába"}';
    await gateway.send('POST', '/pets/a%2Fb/toys/b%C3%A1l?color=red&size=1%202&color=blue&next=/x?y=z&flag', {
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'probe/1',
        Accept: ['text/html', 'application/json;q=0.9, */*;q=0.1'],
        Cookie: 'session=1; theme=dark',
      },
      body,
    });
    const path = '/pets/a%2Fb/toys/b%C3%A1l';
    const routeKey = 'POST /pets/{pet_id}/toys/{toy}';
    expect(gateway.events).toStrictEqual([
      {
        version: '2.0',
        routeKey,
        rawPath: path,
        rawQueryString: 'color=red&size=1%202&color=blue&next=/x?y=z&flag',
        cookies: ['session=1', 'theme=dark'],
        headers: {
          ...expectedHeaders(Buffer.byteLength(body)),
          'content-type': 'application/json',
          'user-agent': 'probe/1',
          accept: 'text/html,application/json;q=0.9, */*;q=0.1',
        },
        queryStringParameters: { color: 'red,blue', size: '1 2', next: '/x?y=z', flag: '' },
        requestContext: expectedContext(routeKey, 'POST', path, 'probe/1'),
        body,
        pathParameters: { pet_id: 'a/b', toy: 'bál' },
        isBase64Encoded: false,
      },
    ]);
  });

  it('joins a repeated header with commas, even one of which Node would keep only the first', async () => {
    await start();
    await gateway.send('GET', '/pets', { headers: { 'X-Tag': ['one', 'two'], Authorization: ['a', 'b'] } });
    const repeated = { 'x-tag': 'one,two', authorization: 'a,b' };
    expect(gateway.events[0]?.headers).toStrictEqual({ ...expectedHeaders(), ...repeated });
  });

  it('leaves out the headers that end at the gateway', async () => {
    await start();
    const headers = {
      Connection: 'keep-alive',
      'Keep-Alive': 'timeout=5',
      'Transfer-Encoding': 'chunked',
      Cookie: 'a=1',
    };
    await gateway.send('PUT', '/pets', { headers: { ...headers, 'Content-Type': 'text/plain' }, body: 'hello' });
    expect(gateway.events[0]?.headers).toStrictEqual({ ...expectedHeaders(5), 'content-type': 'text/plain' });
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/xml',
    'application/javascript',
    'text/plain',
    'text/csv;charset=utf-8',
  ])('has a body of type %s as text', async (type) => {
    await start();
    await gateway.send('POST', '/pets', { headers: { 'Content-Type': type }, body: 'žába' });
    expect(gateway.events[0]).toMatchObject({ body: 'žába', isBase64Encoded: false });
  });

  it.each([
    'application/octet-stream',
    'image/png',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=text/plain',
    'application/vnd.api+json',
    '',
    undefined,
  ])('has a body of type %j in Base64, with every byte', async (type) => {
    await start();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await gateway.send('POST', '/pets', { headers: type === undefined ? {} : { 'Content-Type': type }, body: bytes });
    expect(gateway.events[0]).toMatchObject({ body: bytes.toString('base64'), isBase64Encoded: true });
  });

  it('has the route key $default if no other route matches', async () => {
    await start(undefined, [...ROUTES, '$default']);
    await gateway.send('POST', '/elsewhere/at/all');
    const [event] = gateway.events;
    expect(event).toMatchObject({ routeKey: '$default', rawPath: '/elsewhere/at/all' });
    expect(event?.requestContext).toStrictEqual(expectedContext('$default', 'POST', '/elsewhere/at/all'));
    expect(event).not.toHaveProperty('pathParameters');
  });
});

function json(status: number, body: string) {
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  return { status, headers, body };
}

/** The platform's own answers. */
function own(status: number, message: string) {
  return json(status, JSON.stringify({ message }));
}

describe('the platform’s own answers', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/pets/7/toys'],
    ['GET', '/pets/'],
    ['DELETE', '/pets/7'],
    ['GET', '/Pets'],
  ])('are 404 Not Found if no route matches %s %s', async (method, path) => {
    await start();
    expect(await gateway.send(method, path)).toStrictEqual(own(404, 'Not Found'));
    expect(gateway.events).toEqual([]);
  });

  it('are 500 Internal Server Error if a handler throws, without the error text', async () => {
    const error = new Error('the table is gone');
    await start(() => Promise.reject(error));
    expect(await gateway.send('GET', '/pets')).toStrictEqual(own(500, 'Internal Server Error'));
    expect(gateway.errors).toEqual([{ route: 'ANY /pets', error }]);
  });

  it.each([{ statusCode: 'abc' }, { statusCode: null }, { statusCode: 99 }, { statusCode: 101 }, { statusCode: 600 }])(
    'are 500 Internal Server Error if a handler answers %j',
    async (result) => {
      await startAnswering(result);
      expect(await gateway.send('GET', '/pets')).toStrictEqual(own(500, 'Internal Server Error'));
    },
  );

  it('are 503 Service Unavailable if a handler takes 30 seconds, and its late answer is dropped', async () => {
    const asked = deferred();
    const answer = deferred<HandlerResult>();
    await start(({ rawPath }) => {
      if (rawPath !== '/pets') return Promise.resolve({ statusCode: 204 });
      asked.resolve();
      return answer.promise;
    });
    let isAnswered = false;
    const call = gateway.send('GET', '/pets').finally(() => {
      isAnswered = true;
    });
    await asked.promise;
    gateway.clock.advance(29_999);
    expect((await gateway.send('GET', '/pets/7')).status).toBe(204); // an early answer would have arrived
    expect(isAnswered).toBe(false);
    gateway.clock.advance(1);
    expect(await call).toStrictEqual(own(503, 'Service Unavailable'));
    answer.resolve({ statusCode: 200 });
  });

  it('are 413 for a body above 10 MB, which no handler sees; 10 MB are accepted', async () => {
    await start();
    const headers = { 'Content-Type': 'text/plain' };
    const most = 'x'.repeat(10_485_760);
    expect((await gateway.send('POST', '/pets', { headers, body: most })).status).toBe(204);
    const tooMuch = await gateway.send('POST', '/pets', { headers, body: `${most}x` });
    expect(tooMuch).toStrictEqual(own(413, 'Request Entity Too Large'));
    expect(gateway.events.map(({ body }) => body?.length)).toEqual([10_485_760]);
  });

  it('are 500 for an answer above 6 MB; 6 MB are sent', async () => {
    await start(async ({ pathParameters = {} }) => {
      return 'x'.repeat(Number(pathParameters.pet_id));
    });
    const most = 6_291_456 - 2; // its JSON has two quotes
    expect((await gateway.send('GET', `/pets/${most}`)).body).toHaveLength(most);
    expect(await gateway.send('GET', `/pets/${most + 1}`)).toStrictEqual(own(500, 'Internal Server Error'));
  });
});

describe('a handler’s answer', () => {
  it.each([
    [{ name: 'Rex' }, '{"name":"Rex"}'],
    [[1, 2], '[1,2]'],
    [7, '7'],
    [true, 'true'],
    [null, 'null'],
    ['hello', 'hello'],
    [{ body: 'no status', headers: { 'x-tag': 'none' } }, '{"body":"no status","headers":{"x-tag":"none"}}'],
  ])('of %j without a statusCode becomes the JSON body of a 200', async (result, body) => {
    await startAnswering(result);
    expect(await gateway.send('GET', '/pets')).toStrictEqual(json(200, body));
  });

  it('has its status, headers, cookies and body', async () => {
    await startAnswering({
      statusCode: 201,
      headers: { 'Content-Type': 'text/plain', 'X-Count': 3, 'X-Flag': true },
      cookies: ['a=1; Path=/', 'b=2; HttpOnly'],
      body: 'made',
    });
    expect(await gateway.send('POST', '/pets')).toStrictEqual({
      status: 201,
      headers: {
        'content-type': 'text/plain',
        'x-count': '3',
        'x-flag': 'true',
        'set-cookie': ['a=1; Path=/', 'b=2; HttpOnly'],
        'content-length': '4',
      },
      body: 'made',
    });
  });

  it('in Base64 is sent as the bytes that it encodes', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const headers = { 'content-type': 'image/png' };
    await startAnswering({ statusCode: 200, headers, body: bytes.toString('base64'), isBase64Encoded: true });
    expect(await gateway.send('GET', '/pets')).toStrictEqual({
      status: 200,
      headers: { ...headers, 'content-length': '256' },
      body: bytes.toString('latin1'),
    });
  });

  it.each([204, 304, 400, 404, 503])(
    'of %d is not a failure of the gateway, and is sent unchanged',
    async (statusCode) => {
      await startAnswering({ statusCode, headers: { 'x-tag': 'mine' } });
      expect(await gateway.send('GET', '/pets')).toMatchObject({ status: statusCode, headers: { 'x-tag': 'mine' } });
    },
  );
});

describe('a handler', () => {
  it('gets a context with a new UUID per call, and the time that remains of 30 seconds', async () => {
    const contexts: InvocationContext[] = [];
    const remaining: number[] = [];
    await start(async (_, context) => {
      contexts.push(context);
      remaining.push(context.getRemainingTimeInMillis());
      gateway.clock.advance(12_345);
      remaining.push(context.getRemainingTimeInMillis());
      return { statusCode: 204 };
    });
    await gateway.send('GET', '/pets');
    await gateway.send('GET', '/pets');
    expect(remaining).toEqual([30_000, 17_655, 30_000, 17_655]);
    const ids = contexts.map(({ awsRequestId }) => awsRequestId);
    expect(ids).toEqual(Array(2).fill(expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)));
    expect(new Set(ids).size).toBe(2);
  });

  it('may pass its result to a callback', async () => {
    await start((event, _context, callback) => {
      setImmediate(() => callback(null, { statusCode: 201, body: event.rawPath }));
    });
    expect(await gateway.send('GET', '/pets')).toMatchObject({ status: 201, body: '/pets' });
  });

  it('may pass an error to a callback, which is logged and not sent', async () => {
    const thrown = new Error('no table');
    await start((_event, _context, callback) => callback(thrown));
    expect(await gateway.send('GET', '/pets')).toMatchObject({
      status: 500,
      body: '{"message":"Internal Server Error"}',
    });
    expect(gateway.errors).toEqual([{ route: 'ANY /pets', error: thrown }]);
  });
});

it('a client that disconnects while it sends its body is not a server error', async () => {
  await start();
  const sent = request(`${gateway.url}/pets`, { method: 'POST', headers: { 'Content-Length': '10' }, agent: false });
  sent.on('error', () => {}); // its own abort
  sent.write('half');
  await once(sent, 'socket').then(([socket]) => once(socket, 'connect'));
  await gateway.send('GET', '/pets/7'); // after a round trip the half has arrived
  sent.destroy();
  await gateway.stop(); // when every connection has ended
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve)); // and the gateway has noticed
  expect([gateway.events.length, gateway.errors]).toEqual([1, []]);
});
