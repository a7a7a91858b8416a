/** Events of the HTTP API behind a proxy: which client and which address they name. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createGateway, type Gateway } from '../../local/gateway/gateway';
import { send } from '../support/http-gateway';

let gateway: Gateway;

afterEach(() => gateway.close(100));

/** What an event says about a request with these headers. */
async function seen(trustedProxies: string[], headers: Record<string, string>) {
  const events: APIGatewayProxyEventV2[] = [];
  const handler = async (event: APIGatewayProxyEventV2) => {
    events.push(event);
    return { statusCode: 204 };
  };
  gateway = createGateway({ http: { routes: { 'GET /pets': handler } }, trustedProxies });
  const { httpUrl = '' } = await gateway.listen({ httpPort: 0 });
  await send('GET', `${httpUrl}/pets`, { headers });
  const [event] = events as [APIGatewayProxyEventV2];
  const forwarded = Object.entries(event.headers).filter(([name]) => /forwarded/.test(name));
  const { http, domainName, domainPrefix } = event.requestContext;
  const { host } = new URL(httpUrl);
  return { host, sourceIp: http.sourceIp, domainName, domainPrefix, headers: Object.fromEntries(forwarded) };
}

const SAID = {
  'X-Forwarded-For': '203.0.113.9, 192.0.2.7',
  'X-Forwarded-Host': 'gw.example.com',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Port': '1',
  'X-Forwarded-Prefix': '/gw',
  Forwarded: 'for=203.0.113.9',
};

it('events behind a trusted proxy name the client, and the address that it used', async () => {
  const { host: _, ...said } = await seen(['loopback'], SAID);
  expect(said).toEqual({
    sourceIp: '192.0.2.7',
    domainName: 'gw.example.com',
    domainPrefix: 'gw',
    headers: {
      'x-forwarded-for': '203.0.113.9, 192.0.2.7,127.0.0.1',
      'x-forwarded-host': 'gw.example.com',
      'x-forwarded-port': '443',
      'x-forwarded-prefix': '/gw',
      'x-forwarded-proto': 'https',
    },
  });
});

it('events behind an untrusted proxy name the proxy’s own address, and ignore its headers', async () => {
  const { host, ...said } = await seen(['192.0.2.0/24'], SAID);
  expect(said).toEqual({
    sourceIp: '127.0.0.1',
    domainName: host,
    domainPrefix: '127',
    headers: {
      'x-forwarded-for': '203.0.113.9, 192.0.2.7,127.0.0.1',
      'x-forwarded-port': host.split(':')[1],
      'x-forwarded-proto': 'http',
    },
  });
});
