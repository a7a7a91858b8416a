/** Who may connect and call: the API key opens HTTP, client tokens open WebSockets, and neither opens the other. */
import { randomUUID } from 'node:crypto';
import { type ClientOptions, WebSocket } from 'ws';
import { httpRoutes } from '../../../lambdas/routes';
import { call } from '../../support/http';
import { ConformingClient } from './conforming-client';
import { eventually } from './eventually';
import { urlWithToken } from './target';
import type { UnderTest } from './under-test';

/** Written out instead of read from the route table: every route that is not in this list must need the key. */
const OPEN_CALLS = [
  'GET /',
  'GET /health',
  'GET /docs',
  'GET /docs/{asset}',
  'GET /console',
  'GET /console/{asset}',
  'GET /openapi.json',
  'GET /asyncapi.json',
  'GET /ready',
].flatMap((call) => [call, call.replace('GET', 'HEAD')]);

/** Answered without a key: a preflight of another origin, and health checks. */
const PREFLIGHTS = ['OPTIONS /', 'OPTIONS /{proxy+}'];

/** Requests, with something in the place of each path parameter. */
const REQUESTS = httpRoutes
  .filter(({ routeKey }) => routeKey !== '$default')
  .map(({ routeKey }) => {
    const [method = '', path = ''] = routeKey.split(' ');
    const filled = path
      .replace('{asset}', path.startsWith('/docs') ? 'swagger-ui.css' : 'style.css')
      .replace(/\{\w+\+?\}/g, randomUUID());
    return { routeKey, method, path: filled };
  });

const OPEN = REQUESTS.filter(({ routeKey }) => OPEN_CALLS.includes(routeKey));
const GUARDED = REQUESTS.filter(({ routeKey }) => ![...OPEN_CALLS, ...PREFLIGHTS].includes(routeKey));

/** The status of a handshake; after a 101 the connection is cut at once. */
export function statusOf(url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols, options);
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (request, { statusCode = 0 }) => {
      request.destroy();
      resolve(statusCode);
    });
    socket.on('error', reject);
  });
}

/** Tests without access control. */
export function openAccess({ http }: UnderTest): void {
  describe('POST /tokens', () => {
    it('says that no tokens are needed', async () => {
      const { body } = await http.problem('access_control_off', 'POST /tokens', { body: {} });
      expect(body.detail).toMatch(/without a token/);
    });
  });
}

/** Tests with access control. */
export function controlledAccess({ connect, http, target }: UnderTest): void {
  /** Without the key that `http` has. */
  const callWith = (headers: Record<string, string>, method: string, path: string, body?: unknown) =>
    call(method, `${target().httpUrl.replace(/\/$/, '')}${path}`, body, headers);

  async function tokenFor(clientId: string = randomUUID()): Promise<string> {
    const { status, body } = await http.call('POST /tokens', { body: { client_id: clientId } });
    expect(status).toBe(200);
    return body.token;
  }

  describe('access to calls', () => {
    it.each(OPEN)('is open: $routeKey', async ({ method, path }) => {
      expect((await callWith({}, method, path)).status).toBe(200);
    });

    it.each([
      ['GET', '/nothing', 404],
      ['POST', '/clients', 405],
    ])('tells everybody that %s %s is not allowed, with %d', async (method, path, status) => {
      expect((await callWith({}, method, path)).status).toBe(status);
    });

    it.each(PREFLIGHTS)('is open: %s', async (routeKey) => {
      const path = routeKey.replace('OPTIONS ', '').replace('{proxy+}', 'clients');
      expect((await callWith({}, 'OPTIONS', path)).status).toBe(204);
    });

    it.each(GUARDED)('needs the key: $routeKey', async ({ method, path }) => {
      const body = method === 'POST' ? {} : undefined;
      const wrong = { authorization: `Bearer ${randomUUID()}` };
      const bodyOf = (message: string) => (method === 'HEAD' ? '' : { message });
      const [without, withWrong] = [await callWith({}, method, path, body), await callWith(wrong, method, path, body)];
      expect([without.status, without.body]).toEqual([401, bodyOf('Unauthorized')]);
      expect([withWrong.status, withWrong.body]).toEqual([403, bodyOf('Forbidden')]);
    });

    it('is not granted by a client’s token', async () => {
      const headers = { authorization: `Bearer ${await tokenFor()}` };
      expect((await callWith(headers, 'GET', '/status')).status).toBe(403);
    });
  });

  describe('POST /tokens', () => {
    it('answers with a token, its client, its expiry, and the URL to use', async () => {
      const clientId = randomUUID();
      const { status, body } = await http.call('POST /tokens', { body: { client_id: clientId, ttl_seconds: 60 } });
      expect(status).toBe(200);
      expect(body).toMatchObject({ client_id: clientId, ttl_seconds: 60 });
      expect(new URL(body.websocket_url).searchParams.get('token')).toBe(body.token);
      expect(body.expires_at > new Date().toISOString()).toBe(true);
    });

    it.each([
      [{ client_id: 'some body' }, 'client_id'],
      [{ ttl_seconds: 0 }, 'ttl_seconds'],
      [{ ttl_seconds: 1e9 }, 'ttl_seconds'],
    ])('answers 422 to %j', async (body, field) => {
      const { body: problem } = await http.problem('invalid_request', 'POST /tokens', { body });
      expect(problem.errors.map(({ path }: { path: string }) => path)).toEqual([field]);
    });
  });

  describe('access to connections', () => {
    it('is granted to the client named by a token in the query', async () => {
      const clientId = randomUUID();
      const client = await ConformingClient.connect(urlWithToken(target().webSocketUrl, await tokenFor(clientId)));
      expect(client.clientId).toBe(clientId);
      await client.close();
    });

    it('is granted to the client named by a token in the subprotocols, and the token is not sent back', async () => {
      const clientId = randomUUID();
      const protocols = ['switchboard', await tokenFor(clientId)];
      const client = await ConformingClient.connect(target().webSocketUrl, { protocols });
      expect(client.clientId).toBe(clientId);
      expect(client.socket.protocol).toBe('switchboard');
      await client.close();
    });

    it('is refused with 401 without a token', async () => {
      expect(await statusOf(target().webSocketUrl)).toBe(401);
    });

    it('is refused with 403 with a token of another server', async () => {
      const { webSocketUrl, apiKey = '' } = target();
      expect(await statusOf(urlWithToken(webSocketUrl, 'nonsense'))).toBe(403);
      expect(await statusOf(urlWithToken(webSocketUrl, apiKey))).toBe(403);
      expect(await statusOf(webSocketUrl, ['switchboard', 'nonsense'])).toBe(403);
      expect(await statusOf(urlWithToken(webSocketUrl, await tokenFor()), ['switchboard', 'nonsense'])).toBe(403);
    });

    it('is granted to a client with any name and labels, and calls find it by that exact name', async () => {
      const clientId = `Device:${randomUUID()}_a.b-C`;
      const body = { client_id: clientId, labels: ['acme', 'Käse 50%'], groups: ['cheese'], message_rate: 50 };
      const issued = await http.call('POST /tokens', { body });
      expect(issued.body).toMatchObject(body);
      const client = await ConformingClient.connect(urlWithToken(target().webSocketUrl, issued.body.token));
      expect(client.clientId).toBe(clientId);
      const listed = await http.call('GET /clients', { query: { label: 'Käse 50%' } });
      expect(listed.body).toMatchObject({ clients: [{ client_id: clientId }], total: 1 });
      expect((await http.call('GET /clients', { query: { label: 'Käse' } })).body).toEqual({ clients: [], total: 0 });
      const status = await http.call('GET /status', { query: { by: 'label' } });
      expect(status.body.labels).toMatchObject({ 'Käse 50%': 1 });
      const path = { client_id: clientId };
      const found = await http.call('GET /clients/{client_id}', { path });
      expect(found.body).toMatchObject({ client_id: clientId, labels: body.labels });
      await http.problem('client_not_found', 'GET /clients/{client_id}', {
        path: { client_id: clientId.toLowerCase() },
      });
      const { body: sent } = await http.call('POST /send_message', { body: { client_id: clientId, content: 'hello' } });
      await client.takeId(sent.message_id);
      const { body: history } = await http.call('GET /clients/{client_id}/messages', { path });
      expect(history).toMatchObject({
        messages: [{ message_id: sent.message_id }],
        labels: body.labels,
        groups: body.groups,
      });
      const called = await http.call('POST /call_tool', { body: { client_id: clientId, tool_name: 'open' } });
      const state = await http.call('GET /calls/{call_id}', { path: { call_id: called.body.call_id } });
      expect(state.body).toMatchObject({ client_id: clientId, status: 'pending' });
      await client.close();
    });

    it('treats a UUID in any letter case as the same client', async () => {
      const clientId = randomUUID();
      const { body } = await http.call('POST /tokens', { body: { client_id: clientId.toUpperCase() } });
      expect(body.client_id).toBe(clientId);
      const client = await connect({ clientId });
      const push = { client_id: clientId.toUpperCase(), content: 'for either' };
      const { body: sent } = await http.call('POST /send_message', { body: push });
      await client.takeId(sent.message_id);
      await client.close();
    });

    it('ends when the client connects again, and the older connection’s close does not end the session', async () => {
      const clientId = randomUUID();
      const path = { client_id: clientId };
      const push = () => http.call('POST /send_message', { body: { client_id: clientId, content: 'for the newer' } });
      const older = await connect({ clientId });
      const newer = await connect({ clientId });
      await newer.takeId((await push()).body.message_id);

      expect(await older.closed).toMatchObject({ code: 1000 });
      const witness = await connect();
      await witness.close();
      const ended = { path: { client_id: witness.clientId } };
      await eventually(() => http.problem('client_not_found', 'GET /clients/{client_id}', ended));

      expect((await http.call('GET /clients/{client_id}', { path })).status).toBe(200);
      await newer.takeId((await push()).body.message_id);
      expect(older.received.filter(({ type }) => type === 'chat_message')).toEqual([]);
      await newer.close();
      await eventually(() => http.problem('client_not_found', 'GET /clients/{client_id}', { path }));
    });
  });
}
