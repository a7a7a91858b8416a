/** The HTTP port as load balancers, proxies, browsers and careless clients use it, over real sockets. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { httpCalls } from '../../lambdas/protocol/http-calls';
import { handshake } from '../support/handshake';
import { type SendOptions, send } from '../support/http-gateway';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

const ask = (method: string, path: string, options?: SendOptions) => send(method, server.httpUrl + path, options);

/** Sends the target unchanged; it may be a complete URL. */
function askFor(method: string, target: string, headers = {}): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(server.httpUrl);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path: target, headers, agent: false }, async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
    sent.on('error', reject).end();
  });
}

describe('another spelling of a path', () => {
  it.each([
    ['GET', '/status/'],
    ['GET', '/st%61tus'],
    ['GET', '/%73%74%61%74%75%73/'],
    ['GET', '/clients/?limit=1'],
    ['GET', '/health/'],
    ['HEAD', '/status/'],
  ])('(%s %s) is served', async (method, path) => {
    expect((await ask(method, path)).status).toBe(200);
  });

  it('is served with its body and its path parameters', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const body = JSON.stringify({ client_id: client.clientId, content: 'hello' });
    expect((await ask('POST', '/send%5Fmessage/', { body })).status).toBe(200);
    expect((await client.next()).data.content).toBe('hello');
    const answer = await ask('GET', `/clients/${client.clientId}/messages/`);
    expect(JSON.parse(answer.body).messages).toHaveLength(1);
    await client.close();
  });

  it.each(['http://example.com/status', 'http://user@example.com:80/status?x=1', 'HTTP://example.com/st%61tus/'])(
    '(%s, in absolute form) is served',
    async (target) => {
      const { host } = new URL(server.httpUrl);
      const { status, body } = await askFor('GET', target.replace('example.com', host.split(':')[0] ?? ''));
      expect([status, JSON.parse(body).status]).toEqual([200, 'running']);
    },
  );

  it('of the documentation page redirects to the page, because its links are relative', async () => {
    const answer = await ask('GET', '/docs/');
    expect([answer.status, answer.headers.location]).toEqual([308, '../docs']);
  });

  it.each(['/clients//messages', '//', '/status//', '/clients%2f1', '/Status'])(
    '(%s) answers 404 if it means another path',
    async (path) => {
      expect((await ask('GET', path)).status).toBe(404);
    },
  );
});

describe('HEAD', () => {
  const paths = [
    ...Object.keys(httpCalls).filter((key) => key.startsWith('GET ') && !key.includes('{')),
    'GET /docs',
    'GET /docs/swagger-ui.css',
    'GET /docs/page.js',
    'GET /docs/browser.html',
    'GET /console',
    'GET /console/console.js',
    'GET /openapi.json',
    'GET /asyncapi.json',
  ].map((key) => key.replace('GET ', ''));

  it.each(paths)('of %s is answered like GET, without the body', async (path) => {
    const [head, get] = await Promise.all([ask('HEAD', path), ask('GET', path)]);
    expect([head.status, head.body]).toEqual([get.status, '']);
    expect(Object.keys(head.headers)).toEqual(Object.keys(get.headers));
    expect(head.headers['content-length']).toMatch(/^[1-9]/);
  });

  it('of a client answers 200 while it is connected, and 404 afterwards', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    expect((await ask('HEAD', `/clients/${client.clientId}`)).status).toBe(200);
    await client.close();
    expect((await ask('HEAD', `/clients/${client.clientId}`)).status).toBe(404);
    expect((await ask('HEAD', '/nothing')).status).toBe(404);
  });
});

describe('OPTIONS', () => {
  it.each([
    ['/', 'GET, HEAD, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
    ['/status/', 'GET, HEAD, OPTIONS'],
    ['/clients/7', 'GET, HEAD, DELETE, OPTIONS'],
    ['/clients/7/messages', 'GET, HEAD, POST, OPTIONS'],
    ['/send_message', 'POST, OPTIONS'],
    ['/docs', 'GET, HEAD, OPTIONS'],
    ['/nothing/at/all', 'OPTIONS'],
  ])('of %s answers 204 and allows %s', async (path, allow) => {
    expect(await ask('OPTIONS', path)).toMatchObject({ status: 204, headers: { allow }, body: '' });
  });

  it('of * is about the server as a whole', async () => {
    expect((await askFor('OPTIONS', '*')).status).toBe(204);
  });
});

it.each([
  ['PUT', '/status', 'GET, HEAD, OPTIONS'],
  ['PATCH', '/clients/7', 'GET, HEAD, DELETE, OPTIONS'],
  ['GET', '/send_message/', 'POST, OPTIONS'],
])('%s %s is not allowed, and lists the allowed methods', async (method, path, allow) => {
  const { status, headers, body } = await ask(method, path);
  expect([status, headers.allow]).toEqual([405, allow]);
  expect(JSON.parse(body).detail).toBe(`Method ${method} not allowed; allowed: ${allow}.`);
});

describe('a WebSocket handshake', () => {
  it.each(['/', '/ws', '/ws/7', '/socket.io/?EIO=4&transport=websocket', '/health', '/docs', '/nothing/'])(
    'to %s on this port is told where to connect',
    async (path) => {
      const { status, headers, body = '' } = await handshake(server.httpUrl + path);
      expect([status, headers.upgrade]).toEqual([426, 'websocket']);
      expect(JSON.parse(body)).toMatchObject({
        code: 'upgrade_required',
        detail: `This is the HTTP API. Connect by WebSocket to ${server.webSocketUrl}.`,
      });
      await (await TestClient.connect(server.webSocketUrl)).close();
    },
  );

  it('to the path of a call is told so too', async () => {
    const { status, body = '' } = await handshake(`${server.httpUrl}/status`);
    expect([status, JSON.parse(body).code]).toEqual([426, 'upgrade_required']);
  });
});

it('an upgrade to another protocol is ignored, as HTTP requires', async () => {
  const headers = {
    Connection: 'Upgrade, HTTP2-Settings',
    Upgrade: 'h2c',
    'HTTP2-Settings': 'AAMAAABkAARAAAAAAAIAAAAA',
  };
  expect((await ask('GET', '/status', { headers })).status).toBe(200);
});

describe('a body', () => {
  const GBK = Buffer.from([0xc4, 0xe3, 0xba, 0xc3]); // 你好
  const bodyOf = (clientId: string, content: Buffer) =>
    Buffer.concat([Buffer.from(`{"client_id":"${clientId}","content":"`), content, Buffer.from('"}')]);

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=gbk',
    'application/json; charset=nonsense',
    'text/plain',
    'application/x-www-form-urlencoded',
    undefined,
  ])('of type %s that is not UTF-8 answers 400 and says so, and nobody gets anything', async (type) => {
    const client = await TestClient.connect(server.webSocketUrl);
    const headers = type === undefined ? {} : { 'Content-Type': type };
    const { status, body } = await ask('POST', '/send_message', { headers, body: bodyOf(client.clientId, GBK) });
    expect([status, JSON.parse(body)]).toMatchObject([400, { code: 'invalid_json' }]);
    expect(JSON.parse(body).detail).toMatch(/not UTF-8/);
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' }); // nothing arrived before it
    await client.close();
  });

  it.each(['application/json', 'text/plain; charset=gbk', undefined])(
    'of type %s may begin with a byte order mark, which is removed',
    async (type) => {
      const client = await TestClient.connect(server.webSocketUrl);
      const headers = type === undefined ? {} : { 'Content-Type': type };
      const mark = Buffer.from([0xef, 0xbb, 0xbf]);
      const body = Buffer.concat([mark, bodyOf(client.clientId, Buffer.from('你好'))]);
      expect((await ask('POST', '/send_message', { headers, body })).status).toBe(200);
      expect((await client.next()).data.content).toBe('你好');
      await client.close();
    },
  );
});

describe('a body above the limit of its call', () => {
  /** Sends `Expect: 100-continue`, as curl does with a large body. @returns whether it got 100 Continue, or the answer */
  function offer(path: string, length: number): Promise<'go on' | { status: number; code: string }> {
    const headers = { Expect: '100-continue', 'Content-Length': length };
    return new Promise((resolve, reject) => {
      const sent = request(server.httpUrl + path, { method: 'POST', headers, agent: false }, async (response) => {
        let body = '';
        for await (const chunk of response) body += chunk;
        resolve({ status: response.statusCode ?? 0, code: JSON.parse(body).code });
      });
      sent.once('continue', () => {
        resolve('go on');
        sent.destroy();
      });
      sent.on('error', reject).flushHeaders();
    });
  }

  it.each([
    ['/tokens', 16_384],
    ['/send_message', 1_048_576],
    ['/call_tool', 1_048_576],
    ['/broadcast', 1_048_576],
  ])('(%s, %d bytes) is refused before it is sent', async (path, most) => {
    expect(await offer(path, most)).toBe('go on');
    expect(await offer(path, most + 1)).toEqual({ status: 413, code: 'payload_too_large' });
  });

  it('is ignored if the call takes no body', async () => {
    const sent = { body: 'x'.repeat(2_000_000), headers: { 'Content-Length': 2_000_000 } };
    expect((await ask('GET', '/status', sent)).status).toBe(200);
    expect((await ask('POST', '/status', sent)).status).toBe(405);
    expect((await ask('POST', '/nothing', sent)).status).toBe(404);
  });
});

it('a health check in HTTP/1.0 without a Host is answered', async () => {
  const { hostname, port } = new URL(server.httpUrl);
  for (const [method, status] of [
    ['OPTIONS', 204],
    ['GET', 200],
    ['HEAD', 200],
  ]) {
    const socket = connect(Number(port), hostname);
    socket.write(`${method} /health HTTP/1.0\r\n\r\n`);
    const [chunk] = await once(socket, 'data');
    expect(String(chunk).split('\r\n')[0]).toContain(` ${status} `);
    socket.destroy();
  }
});

describe('an answer', () => {
  it.each([
    ['GET', '/', 200],
    ['GET', '/health', 200],
    ['GET', '/clients', 200],
    ['GET', '/clients/nobody', 404],
    ['GET', '/nothing', 404],
    ['PUT', '/status', 405],
    ['POST', '/broadcast', 400],
  ])('to %s %s must not be stored, and its type must not be sniffed', async (method, path, status) => {
    expect(await ask(method, path)).toMatchObject({
      status,
      headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    });
  });

  it('to DELETE, which has no body, has the same headers', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { status, headers } = await ask('DELETE', `/clients/${client.clientId}`);
    expect([status, headers['cache-control']]).toEqual([204, 'no-store']);
    await client.closed;
  });

  it.each([
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-bundle.js',
    '/docs/favicon-32x32.png',
    '/docs/page.js',
    '/console/console.js',
    '/console/style.css',
  ])('with the file %s may be cached by anybody', async (path) => {
    const { headers } = await ask('GET', path);
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' });
  });

  it.each(['/openapi.json', '/asyncapi.json'])(
    'with %s may be cached for five minutes, and is compressed',
    async (path) => {
      const plain = await ask('GET', path);
      const cached = { 'cache-control': 'public, max-age=300', vary: 'accept-encoding' };
      expect(plain.headers).toMatchObject(cached);
      const packed = await ask('GET', path, { headers: { 'accept-encoding': 'gzip' } });
      expect(packed.headers).toMatchObject({ ...cached, 'content-encoding': 'gzip' });
      expect(packed.body.length).toBeLessThan(plain.body.length / 2);
      expect(gunzipSync(Buffer.from(packed.body, 'latin1')).toString('latin1')).toBe(plain.body);
    },
  );
});

describe('a web page of another origin', () => {
  const ORIGIN = 'http://localhost:3000';
  const headers = (asked: string) => ({
    Origin: ORIGIN,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': asked,
  });

  it.each(['x-requested-with', 'traceparent,tracestate', 'authorization,content-type', 'x-whatever'])(
    'may send %s if all origins are allowed',
    async (asked) => {
      const answer = await ask('OPTIONS', '/send_message', { headers: headers(asked) });
      expect([answer.status, answer.headers]).toMatchObject([
        204,
        { 'access-control-allow-origin': '*', 'access-control-allow-headers': asked },
      ]);
      expect(String(answer.headers['access-control-allow-methods'])).toContain('POST');
    },
  );

  it('may send credentials if its origin is listed', async () => {
    const strict = await startTestServer({ CORS_ORIGINS: 'https://app.example.com' });
    const own = { ...headers('authorization,x-requested-with'), Origin: 'https://app.example.com', Cookie: 'a=1' };
    const expected = {
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
    };
    const preflight = await send('OPTIONS', `${strict.httpUrl}/status`, { headers: own });
    expect([preflight.status, preflight.headers]).toMatchObject([
      204,
      { ...expected, 'access-control-allow-headers': 'authorization,x-requested-with' },
    ]);
    expect((await send('GET', `${strict.httpUrl}/status`, { headers: own })).headers).toMatchObject(expected);
    await strict.stop();
  });
});
