/** Row 44 of docs/fidelity.md: how the WebSocket port answers plain HTTP. */
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

let gateway: TestGateway;

afterEach(() => gateway.stop(100));

it.each(['/', '/local', '/some/path?with=query'])(
  'row 44: a plain GET of %s is answered 426, and no handler sees it',
  async (path) => {
    gateway = await startTestGateway();
    const response = await fetch(gateway.url.replace('ws:', 'http:') + path);
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect(gateway.connects).toEqual([]);
  },
);

it('row 44: a client that comes afterwards gets its WebSocket', async () => {
  gateway = await startTestGateway();
  expect((await fetch(gateway.url.replace('ws:', 'http:'))).status).toBe(426);
  const client = await TestClient.open(gateway.url);
  expect(await client.ask({ type: 'hello' })).toEqual({ type: 'hello' });
});
