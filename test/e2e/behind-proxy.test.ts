/** What a server reports as its own addresses and as its clients’ addresses behind a proxy. */

import { startChildServer } from '../support/child-server';
import { send } from '../support/http-gateway';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

let server: TestServer;
let keys: KeysFile;

async function start(environment: Record<string, string> = {}): Promise<void> {
  keys = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path, ...environment });
}

afterEach(async () => {
  await server.stop();
  keys.remove();
});

type Headers = Record<string, string>;

async function get(path: string, headers: Headers = {}) {
  return JSON.parse((await send('GET', server.httpUrl + path, { headers })).body);
}

/** Every address in the answers of the HTTP API to a call with these headers. */
async function addressesFor(headers: Headers = {}) {
  const authorization = `Bearer ${keys.read().api_key.current}`;
  const { body } = await send('POST', `${server.httpUrl}/tokens`, {
    headers: { ...headers, authorization },
    body: '{}',
  });
  const { protocol, host, pathname = '' } = (await get('/asyncapi.json', headers)).servers.gateway;
  return {
    token: String(JSON.parse(body).websocket_url)
      .replace(/\?token=.+$/, '')
      .replace(/^(\w+:\/\/[^/]+)\/$/, '$1'),
    asyncapi: `${protocol}://${host}${pathname}`,
    openapi: (await get('/openapi.json', headers)).servers[0].url,
    index: (await get('/', headers)).message,
  };
}

function all(webSocketUrl: string, httpUrl: string) {
  const index = `Clients connect to ${webSocketUrl}; the HTTP API is described at ${httpUrl}/docs.`;
  return { token: webSocketUrl, asyncapi: webSocketUrl, openapi: httpUrl, index };
}

/** This server's own port under another name. */
const named = (url: string, name: string) => url.replace('127.0.0.1', name);

describe('the addresses of a server', () => {
  it('are those of its ports, with the host name of the request', async () => {
    await start();
    expect(await addressesFor()).toEqual(all(server.webSocketUrl, server.httpUrl));
    const { host } = new URL(named(server.httpUrl, 'localhost'));
    const expected = all(named(server.webSocketUrl, 'localhost'), `http://${host}`);
    expect(await addressesFor({ Host: host })).toEqual(expected);
  });

  it('are those in the settings, whoever asks', async () => {
    await start({
      PUBLIC_WS_URL: 'wss://ws.example.com/live/',
      PUBLIC_API_URL: 'https://api.example.com/v1',
      TRUSTED_PROXIES: 'loopback',
    });
    const expected = all('wss://ws.example.com/live/', 'https://api.example.com/v1');
    expect(await addressesFor()).toEqual(expected);
    expect(await addressesFor({ 'X-Forwarded-Host': 'other.example.com' })).toEqual(expected);
  });

  it.each<[what: string, headers: Headers, webSocketUrl: string, httpUrl: string]>([
    [
      'X-Forwarded-Host and -Proto',
      { 'X-Forwarded-Host': 'gw.example.com', 'X-Forwarded-Proto': 'https' },
      'wss://gw.example.com',
      'https://gw.example.com',
    ],
    [
      'a port and a prefix',
      { 'X-Forwarded-Host': 'gw.example.com:8443', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Prefix': '/gate/way/' },
      'wss://gw.example.com:8443/gate/way/',
      'https://gw.example.com:8443/gate/way',
    ],
    [
      'only Host',
      { Host: 'gw.example.com', 'X-Forwarded-For': '192.0.2.7' },
      'ws://gw.example.com',
      'http://gw.example.com',
    ],
    [
      'Forwarded',
      { Forwarded: 'for="[2001:db8::1]:4711";host="gw.example.com";proto=https, for=127.0.0.1' },
      'wss://gw.example.com',
      'https://gw.example.com',
    ],
    [
      'several proxies',
      { 'X-Forwarded-Host': 'gw.example.com, inner', 'X-Forwarded-Proto': 'https, http' },
      'wss://gw.example.com',
      'https://gw.example.com',
    ],
  ])('are those sent by a trusted proxy in %s', async (_, headers, webSocketUrl, httpUrl) => {
    await start({ TRUSTED_PROXIES: 'loopback' });
    expect(await addressesFor(headers)).toEqual(all(webSocketUrl, httpUrl));
  });

  it.each(['evil/../..', 'a b', 'a,b', '<script>', 'user@host', `${'a'.repeat(300)}`])(
    'are never %j, which is not a host name',
    async (name) => {
      await start({ TRUSTED_PROXIES: 'loopback' });
      const { openapi } = await addressesFor({ 'X-Forwarded-Host': name, 'X-Forwarded-Prefix': '//evil.example' });
      expect(['http://a', server.httpUrl]).toContain(openapi); // the first in a list
    },
  );

  it('ignore headers that anybody else sends', async () => {
    await start({ TRUSTED_PROXIES: '192.0.2.0/24,2001:db8::/32' });
    const headers = {
      'X-Forwarded-Host': 'evil.example.com',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/evil',
      Forwarded: 'host=evil.example.com;proto=https',
    };
    expect(await addressesFor(headers)).toEqual(all(server.webSocketUrl, server.httpUrl));
  });
});

it('the startup message has the public addresses and those of the ports', async () => {
  await start();
  const child = await startChildServer({
    environment: { PUBLIC_WS_URL: 'wss://gw.example.com', PUBLIC_API_URL: 'https://gw.example.com/api/' },
  });
  child.process.kill('SIGTERM');
  const { stdout } = await child.exit;
  expect(stdout).toContain(`WebSocket   ${child.webSocketUrl}\n`);
  expect(stdout).toContain('Public      wss://gw.example.com   https://gw.example.com/api\n');
});

describe('the log of a connection', () => {
  const connectedWith = async (headers: Headers) => {
    const authorization = `Bearer ${keys.read().api_key.current}`;
    const { body } = await send('POST', `${server.httpUrl}/tokens`, { headers: { authorization }, body: '{}' });
    const url = `${server.webSocketUrl}/?token=${JSON.parse(body).token}`;
    await (await TestClient.connect(url, { headers })).close();
    return server.log.find(({ event }) => event === 'connected')?.fields;
  };

  it('has its client’s address and protocol from a trusted proxy', async () => {
    await start({ TRUSTED_PROXIES: 'loopback,10.0.0.0/8' });
    const headers = { 'X-Forwarded-For': '198.51.100.1, 192.0.2.7, 10.1.2.3', 'X-Forwarded-Proto': 'https' };
    expect(await connectedWith(headers)).toMatchObject({ source_ip: '192.0.2.7', protocol: 'https' });
  });

  it('has the address of its socket if no proxy is trusted', async () => {
    await start();
    const headers = { 'X-Forwarded-For': '192.0.2.7', 'X-Forwarded-Proto': 'https' };
    expect(await connectedWith(headers)).toMatchObject({ source_ip: '127.0.0.1', protocol: 'http' });
  });
});
