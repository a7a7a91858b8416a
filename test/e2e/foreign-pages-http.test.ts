/** Pages of other sites in a browser on this machine may not call the HTTP port, whether or not they can read the answers. */
import { type SendOptions, send } from '../support/http-gateway';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

let server: TestServer;

const start = async (environment: Record<string, string> = {}) => {
  server = await startTestServer(environment);
};

afterEach(() => server.stop());

const ask = (method: string, path: string, options?: SendOptions) => send(method, server.httpUrl + path, options);
const EVIL = 'https://evil.example.com';
const REFUSED = { status: 403, headers: { 'content-type': 'application/problem+json' } };

it('a POST that browsers send without a preflight is refused, and nobody gets anything', async () => {
  await start();
  const client = await TestClient.connect(server.webSocketUrl);
  const headers = { Origin: EVIL, 'Content-Type': 'text/plain' };
  const answer = await ask('POST', '/broadcast', { headers, body: '{"message_type":"evil"}' });
  expect(answer).toMatchObject(REFUSED);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'foreign_page', status: 403 });
  expect(JSON.parse(answer.body).detail).toContain('ORIGINS');
  expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' }); // nothing arrived before it
  expect(server.log.filter(({ event }) => event === 'refused').map(({ fields }) => fields)).toEqual([
    { reason: 'foreign_page', count: 1, origin: EVIL, host: new URL(server.httpUrl).host, source_ip: '127.0.0.1' },
  ]);
  await client.close();
});

it('a preflight is refused, and its answer allows nothing', async () => {
  await start();
  const headers = {
    Origin: EVIL,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'x-forwarded-for',
  };
  const answer = await ask('OPTIONS', '/broadcast', { headers });
  expect(answer).toMatchObject(REFUSED);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it.each<[what: string, headers: Record<string, string>]>([
  ['of another origin', { Origin: EVIL }],
  ['without an origin, like sandboxed frames and files', { Origin: 'null' }],
  ['of an extension', { Origin: 'chrome-extension://abcdefghijklmnop' }],
])('a page %s cannot read anything either', async (_, headers) => {
  await start();
  for (const path of ['/', '/clients', '/docs', '/nothing'])
    expect(await ask('GET', path, { headers })).toMatchObject(REFUSED);
});

it('a page that rebinds its own name to this address cannot call, even with a proxy’s headers', async () => {
  await start();
  const { port } = new URL(server.httpUrl);
  const Host = `evil.example.com:${port}`;
  for (const headers of [{ Host }, { Host, Origin: `http://${Host}` }, { Host, 'X-Forwarded-For': '192.0.2.7' }]) {
    expect(await ask('GET', '/clients', { headers })).toMatchObject(REFUSED);
  }
});

it.each<[what: string, environment: Record<string, string>, headers: (port: string) => Record<string, string>]>([
  ['program without an origin', {}, () => ({})],
  ['page of this machine', {}, () => ({ Origin: 'http://localhost:3000' })],
  ['page of this machine, by address', {}, () => ({ Origin: 'http://[::1]:8080' })],
  ['page of this server', {}, (port) => ({ Origin: `http://127.0.0.1:${port}` })],
  ['page whose origin is allowed', { ORIGINS: `https://app.example.com,${EVIL}` }, () => ({ Origin: EVIL })],
  ['page whose origin may read answers', { CORS_ORIGINS: EVIL }, () => ({ Origin: EVIL })],
  ['page, if all origins are allowed', { ORIGINS: '*' }, () => ({ Origin: EVIL })],
  [
    'page of the public address',
    { PUBLIC_API_URL: 'https://gw.example.com' },
    () => ({ Origin: 'https://gw.example.com' }),
  ],
  ['page behind a proxy', {}, () => ({ Origin: EVIL, Host: 'gw.example.com', 'X-Forwarded-For': '192.0.2.7' })],
])('a %s may call', async (_, environment, headersFor) => {
  await start(environment);
  const headers = headersFor(new URL(server.httpUrl).port);
  expect((await ask('GET', '/clients', { headers })).status).toBe(200);
  expect((await ask('POST', '/broadcast', { headers, body: '{"message_type":"news"}' })).status).toBe(200);
});
