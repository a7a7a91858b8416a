/** A server with a list of origins: which web pages may connect and call, directly and through a proxy. */
import { send } from '../support/http-gateway';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

const LISTED = 'https://app.example.com';
const FOREIGN = 'https://evil.example.com';

/** What a proxy adds. */
const PROXIED = {
  'X-Forwarded-For': '198.51.100.7',
  'X-Forwarded-Host': 'gw.example.com',
  'X-Forwarded-Proto': 'https',
};

let server: TestServer;

const start = async (environment: Record<string, string>) => {
  server = await startTestServer(environment);
};

afterEach(() => server.stop());

/** Whether a WebSocket is opened, and the status of an HTTP call. */
async function outcome(headers: Record<string, string>): Promise<[boolean, number]> {
  const client = await TestClient.connect(server.webSocketUrl, { headers }).catch(() => undefined);
  await client?.close();
  return [client !== undefined, (await send('GET', `${server.httpUrl}/status`, { headers })).status];
}

const ALLOWED = [true, 200];
const REFUSED = [false, 403];

describe.each([
  ['a trusted proxy', { TRUSTED_PROXIES: 'loopback' }],
  ['a proxy that is not trusted', { PUBLIC_API_URL: 'https://gw.example.com' }],
])('through %s', (_, environment) => {
  it('a page of a listed origin may connect and call; others get 403, and the log says so', async () => {
    await start({ ORIGINS: `${LISTED},https://other.example.com`, ...environment });
    expect(await outcome({ ...PROXIED, Origin: LISTED })).toEqual(ALLOWED);
    for (const Origin of [FOREIGN, 'null', 'http://localhost:3000', 'http://app.example.com', `${LISTED}:8443`])
      expect(await outcome({ ...PROXIED, Origin })).toEqual(REFUSED);
    expect(server.log).toContainEqual(
      expect.objectContaining({ event: 'refused', fields: expect.objectContaining({ reason: 'foreign_page' }) }),
    );
  });

  it('a program, and a page of the server itself, may connect and call', async () => {
    await start({ ORIGINS: LISTED, ...environment });
    expect(await outcome(PROXIED)).toEqual(ALLOWED);
    expect(await outcome({ ...PROXIED, Origin: 'https://gw.example.com' })).toEqual(ALLOWED);
    expect(await outcome({ ...PROXIED, Origin: 'https://gw.example.com:9005' })).toEqual(ALLOWED);
  });

  it('a page of any origin may connect if no origins are listed', async () => {
    await start(environment);
    expect(await outcome({ ...PROXIED, Origin: FOREIGN })).toEqual(ALLOWED);
  });
});

it('the host that anybody else forwards does not make a page one of the server', async () => {
  await start({ ORIGINS: LISTED });
  expect(await outcome({ ...PROXIED, Origin: 'https://gw.example.com' })).toEqual(REFUSED);
  expect(await outcome({ ...PROXIED, Host: 'evil.example.com', Origin: FOREIGN })).toEqual(REFUSED);
});

it('a page that may read answers may also connect', async () => {
  await start({ ORIGINS: LISTED, CORS_ORIGINS: FOREIGN, TRUSTED_PROXIES: 'loopback' });
  expect(await outcome({ ...PROXIED, Origin: FOREIGN })).toEqual(ALLOWED);
});

it('directly from this machine, pages of this machine may connect too', async () => {
  await start({ ORIGINS: LISTED });
  expect(await outcome({ Origin: LISTED })).toEqual(ALLOWED);
  expect(await outcome({ Origin: 'http://localhost:3000' })).toEqual(ALLOWED);
  expect(await outcome({ Origin: new URL(server.httpUrl).origin })).toEqual(ALLOWED);
  expect(await outcome({ Origin: FOREIGN })).toEqual(REFUSED);
});
