/** Requests that reach the function of `$default` and of the documentation pages, as the platform sends them. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { create } from '../../../lambdas/http/docs';
import { createRecordingLog } from '../../support/fakes';
import { testApp } from '../../support/test-app';

const docs = create({
  app: testApp,
  version: '1.2.3',
  accessControl: false,
  webSocketUrl: () => 'wss://ws.example.com/live',
  httpUrl: () => 'https://api.example.com',
  readAsset: async () => Buffer.from('asset'),
  clock: { now: () => 0, sleep: async () => {}, setTimer: () => () => {} },
  log: createRecordingLog(),
});

interface Call {
  routeKey?: string;
  rawQueryString?: string;
  headers?: Record<string, string>;
  pathParameters?: Record<string, string>;
}

async function ask(method: string, rawPath: string, { routeKey = '$default', ...rest }: Call = {}) {
  const requestContext = { http: { method, path: rawPath }, domainName: 'api.example.com' };
  const event = { routeKey, rawPath, rawQueryString: '', headers: {}, isBase64Encoded: false, requestContext, ...rest };
  const { statusCode, headers = {}, body = '' } = await docs(event as unknown as APIGatewayProxyEventV2);
  return { statusCode, headers, body };
}

describe('a path that matches no route of the platform', () => {
  it.each([
    ['GET', '/status/', '', '../status'],
    ['HEAD', '/clients/', 'limit=1', '../clients?limit=1'],
    ['POST', '/send_message/', '', '../send_message'],
    ['GET', '/st%61tus', '', './status'],
    ['DELETE', '/clients/7/', '', '../../clients/7'],
  ])('(%s %s?%s) redirects to the route that it means', async (method, path, rawQueryString, location) => {
    const answer = await ask(method, path, { rawQueryString });
    expect([answer.statusCode, answer.headers.location]).toEqual([308, location]);
    expect(new URL(location, `https://api.example.com${path}`).origin).toBe('https://api.example.com');
  });

  it.each([
    ['GET', '/nothing/', 404],
    ['GET', '//evil.example.com/', 404],
    ['PUT', '/status/', 405],
    ['GET', '/tokens/', 405],
  ])('(%s %s) is a %i if there is no such route', async (method, path, status) => {
    expect((await ask(method, path)).statusCode).toBe(status);
  });
});

it('/docs/ redirects to /docs, whichever route the platform matches it to', async () => {
  const one = await ask('GET', '/docs/', { routeKey: 'GET /docs' });
  const other = await ask('GET', '/docs/', { routeKey: 'GET /docs/{asset}', pathParameters: { asset: '' } });
  expect([one.headers.location, other.headers.location]).toEqual(['../docs', '../docs']);
});

it('HEAD is answered like GET', async () => {
  expect(await ask('HEAD', '/health', { routeKey: 'HEAD /health' })).toEqual(
    await ask('GET', '/health', { routeKey: 'GET /health' }),
  );
});

it('a handshake, of which the platform only passes on the key, is told the WebSocket URL', async () => {
  const headers = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
  for (const routeKey of ['GET /', '$default']) {
    const { statusCode, body } = await ask('GET', '/', { routeKey, headers });
    expect([statusCode, JSON.parse(body).detail]).toEqual([
      426,
      'This is the HTTP API. Connect by WebSocket to wss://ws.example.com/live.',
    ]);
  }
});
