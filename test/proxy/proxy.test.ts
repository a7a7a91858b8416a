/** Switchboard behind the proxies of docs/proxies.md, at the root of a name and below a path. */
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms } from '../support/program';
import { type OpenOptions, TestClient } from '../support/test-client';
import { type Answer, caddy, callThrough, nginx, type RunningProxy } from './proxies';

/** A loopback address different from the proxies’ own, so that the two can be distinguished. */
const CLIENT = '127.0.0.2';

afterAll(endPrograms);

describe.each([nginx, caddy])('behind $name', ({ isHere, start }) => {
  const it = isHere() ? test : test.skip;
  const keys = createKeysFile();
  let server: TestServer;
  let proxy: RunningProxy;

  beforeAll(async () => {
    if (!isHere()) return;
    server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path, TRUSTED_PROXIES: 'loopback' });
    proxy = await start(server);
  });

  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
    keys.remove();
  });

  function call(path: string, method = 'GET', body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const authorization = `Bearer ${keys.read().api_key.current}`;
    const text = body && JSON.stringify(body);
    return callThrough(proxy, path, { method, headers: { authorization, ...headers }, ...(text && { body: text }) });
  }

  const open = (url: string, options: OpenOptions = {}) =>
    TestClient.connect(url, { ca: proxy.ca, localAddress: CLIENT, ...options });

  async function token(): Promise<{ token: string; websocket_url: string }> {
    return JSON.parse((await call('/tokens', 'POST', {})).body);
  }

  describe.each(['', '/gateway'])('at "%s"', (prefix) => {
    it('a client connects with the URL returned with its token', async () => {
      const { body } = await call(`${prefix}/tokens`, 'POST', {});
      const { websocket_url: url } = JSON.parse(body);
      expect(url.replace(/\?.*/, '')).toBe(`${proxy.webSocketUrl}${prefix}/`);
      const client = await open(url);
      expect(await client.ask({ type: 'chat_message', data: { content: 'hello' } })).toMatchObject({
        data: { content: 'Echo: hello' },
      });
      await client.close();
    });

    it('a client connects with its token as a subprotocol', async () => {
      const protocols = ['switchboard', (await token()).token];
      const client = await open(`${proxy.webSocketUrl}${prefix}/`, { protocols });
      expect(client.socket.protocol).toBe('switchboard');
      await client.close();
    });

    it('the largest message passes in both directions', async () => {
      const client = await open(`${proxy.webSocketUrl}${prefix}/?token=${(await token()).token}`);
      const content = 'x'.repeat(130_000);
      const { data } = await client.ask({ type: 'chat_message', data: { content } });
      expect(data.content).toBe(`Echo: ${content}`);
      await client.close();
    });

    it('the documentation page is there, with its files and its description', async () => {
      const page = await call(`${prefix}/docs`);
      expect(page.status).toBe(200);
      const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
      const paths = links.map((link) => new URL(link, `${proxy.url}${prefix}/docs`).pathname);
      expect(paths.length).toBeGreaterThan(3);
      for (const path of paths) expect([path, (await call(path)).status]).toEqual([path, 200]);
      const { servers } = JSON.parse((await call(`${prefix}/openapi.json`)).body);
      expect(servers[0].url).toBe(`${proxy.url}${prefix}`);
    });

    it('the page is also found with a slash at its end', async () => {
      const { status, headers } = await call(`${prefix}/docs/`);
      const { pathname } = new URL(String(headers.location), `${proxy.url}${prefix}/docs/`);
      expect([status, pathname]).toEqual([308, `${prefix}/docs`]);
    });

    it('HEAD, OPTIONS and refusals pass through', async () => {
      expect((await call(`${prefix}/health`, 'HEAD')).status).toBe(200);
      expect((await call(`${prefix}/health`, 'OPTIONS')).status).toBe(204);
      expect((await call(`${prefix}/status`, 'PUT')).status).toBe(405);
      const large = await call(`${prefix}/broadcast`, 'POST', {
        message_type: 'x',
        data: { text: 'x'.repeat(200_000) },
      });
      expect([large.status, JSON.parse(large.body).code]).toEqual([413, 'payload_too_large']);
      expect((await callThrough(proxy, `${prefix}/clients`)).status).toBe(401);
    });
  });

  it('the log has the real address and protocol of a client, whatever its headers claim', async () => {
    server.log.length = 0;
    const headers = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'gopher', Forwarded: 'for=203.0.113.9' };
    await (await open(`${proxy.webSocketUrl}/?token=${(await token()).token}`, { headers })).close();
    const connected = server.log.find(({ event }) => event === 'connected');
    expect(connected?.fields).toMatchObject({ source_ip: CLIENT, protocol: 'https' });
  });

  it('no client can make the server believe another address', async () => {
    const headers = { 'X-Forwarded-Prefix': '/evil', Forwarded: 'host=evil.example.com' };
    const { body } = await call('/openapi.json', 'GET', undefined, headers);
    expect(JSON.parse(body).servers[0].url).toBe(proxy.url);
  });

  it('pages of any origin may call: the protection of a developer’s own server does not apply to a public one', async () => {
    const headers = { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'POST' };
    expect((await call('/broadcast', 'OPTIONS', undefined, headers)).status).toBe(204);
    expect((await call('/clients', 'GET', undefined, { Origin: 'https://app.example.com' })).status).toBe(200);
  });
});
