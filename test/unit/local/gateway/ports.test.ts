/** The ports of a gateway, and what the WebSocket port tells those who called the wrong one. */
import { networkInterfaces } from 'node:os';
import { createGateway, type Gateway } from '../../../../local/gateway/gateway';
import { handshake } from '../../../support/handshake';
import { send } from '../../../support/http-gateway';

let gateway: Gateway;

afterEach(() => gateway.close(100));

const webSocket = { routes: { $default: async () => undefined } };
const http = { routes: { 'GET /hello': async () => 'hello' } };

async function start(host = '127.0.0.1', apiUrl = '') {
  gateway = createGateway({ webSocket: { ...webSocket, apiUrl }, http });
  const { webSocketUrl = '', httpUrl = '' } = await gateway.listen({ host, webSocketPort: 0, httpPort: 0 });
  return { port: new URL(webSocketUrl).port, plainUrl: webSocketUrl.replace('ws:', 'http:'), webSocketUrl, httpUrl };
}

describe('a plain request to the WebSocket port', () => {
  it.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'])(
    '%s is answered 426, with the address of the HTTP API',
    async (method) => {
      const { plainUrl, httpUrl } = await start();
      const { status, headers, body } = await send(
        method,
        `${plainUrl}/clients`,
        method === 'GET' ? {} : { body: '{}' },
      );
      expect({ status, headers }).toMatchObject({
        status: 426,
        headers: { upgrade: 'websocket', 'content-type': 'application/json' },
      });
      expect(JSON.parse(body)).toEqual({
        message: `This port serves WebSocket only. The HTTP API is at ${httpUrl}`,
        http_api: httpUrl,
      });
    },
  );

  it('HEAD is answered the same, without the body', async () => {
    const { plainUrl } = await start();
    const { status, body, headers } = await send('HEAD', plainUrl);
    expect({ status, body }).toEqual({ status: 426, body: '' });
    expect(Number(headers['content-length'])).toBeGreaterThan(20);
  });

  it('to @connections is answered 426 too: the client port does not serve it', async () => {
    const { plainUrl } = await start();
    const { status } = await send('POST', `${plainUrl}/local/@connections/R1kmxc2VNjMCFIA%3D`, { body: '{}' });
    expect(status).toBe(426);
  });

  it('gets the API address with the host of its own Host header, if the server listens on all addresses', async () => {
    const { port, httpUrl } = await start('0.0.0.0');
    const apiPort = new URL(httpUrl).port;
    const ask = async (Host: string) =>
      JSON.parse((await send('GET', `http://127.0.0.1:${port}`, { headers: { Host } })).body).http_api;
    expect(await ask(`gateway.lan:${port}`)).toBe(`http://gateway.lan:${apiPort}`);
    expect(await ask('192.0.2.7')).toBe(`http://192.0.2.7:${apiPort}`);
    expect(await ask('<script>')).toBe(`http://localhost:${apiPort}`);
  });

  it('gets the public API address if there is one', async () => {
    const { plainUrl } = await start('127.0.0.1', 'https://api.example.com');
    expect(JSON.parse((await send('GET', plainUrl)).body).http_api).toBe('https://api.example.com');
  });

  it('is answered 426 if it offers h2c', async () => {
    const { webSocketUrl, httpUrl } = await start();
    const {
      status,
      headers,
      body = '',
    } = await handshake(webSocketUrl, { Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAARAAAAAAAIAAAAA' });
    expect({ status, upgrade: headers.upgrade }).toEqual({ status: 426, upgrade: 'websocket' });
    expect(JSON.parse(body).http_api).toBe(httpUrl);
  });
});

describe('a handshake', () => {
  it.each(['8', '7', '0', '14', '13, 8'])(
    'with version %s is answered 426 with the supported version',
    async (version) => {
      const { webSocketUrl } = await start();
      const { status, headers } = await handshake(webSocketUrl, { 'Sec-WebSocket-Version': version });
      expect({ status, version: headers['sec-websocket-version'] }).toEqual({ status: 426, version: '13' });
    },
  );
});

describe('the URLs', () => {
  it('are those of the open ports: none for a missing HTTP API', async () => {
    gateway = createGateway({ webSocket });
    expect(Object.keys(await gateway.listen({ webSocketPort: 0 })).sort()).toEqual([
      'connectionsCredentials',
      'connectionsUrl',
      'webSocketUrl',
    ]);
  });

  it('have no @connections URL if it is turned off, or without a WebSocket API', async () => {
    gateway = createGateway({ webSocket, http });
    const urls = await gateway.listen({ webSocketPort: 0, httpPort: 0, connectionsPort: false });
    expect(Object.keys(urls).sort()).toEqual(['httpUrl', 'webSocketUrl']);
    await gateway.close(100);
    gateway = createGateway({ http });
    expect(Object.keys(await gateway.listen({ httpPort: 0 }))).toEqual(['httpUrl']);
  });

  it('have @connections on loopback, whatever the other ports listen on', async () => {
    gateway = createGateway({ webSocket });
    const { connectionsUrl } = await gateway.listen({ host: '0.0.0.0', webSocketPort: 0 });
    expect(connectionsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/local$/);
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((some) => some?.some(({ address }) => address === '::1'));

describe('a gateway that listens on ::', () => {
  (hasIpv6 ? it.each : it.skip.each)(['[::1]', '127.0.0.1'])('is reachable at %s on both ports', async (address) => {
    const { port, httpUrl } = await start('::');
    const { status } = await handshake(`ws://${address}:${port}`);
    expect(status).toBe(101);
    expect((await send('GET', `http://${address}:${new URL(httpUrl).port}/hello`)).body).toBe('hello');
  });
});
