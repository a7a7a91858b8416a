/** Pages of other sites, in a browser on the same machine. */
import { handshake } from '../support/handshake';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

let server: TestServer;

afterEach(() => server.stop());

const EVIL = 'https://evil.example';

describe('a handshake from loopback', () => {
  it('from a page of another site is answered 403, reaches no handler, and is logged', async () => {
    server = await startTestServer();
    const answer = await handshake(server.webSocketUrl, { Origin: EVIL });
    expect(answer).toMatchObject({ status: 403, body: '{"message":"Origin not allowed"}' });
    expect(server.log.filter(({ event }) => event === 'refused')).toEqual([
      {
        level: 'warn',
        event: 'refused',
        fields: {
          reason: 'foreign_page',
          count: 1,
          origin: EVIL,
          host: new URL(server.webSocketUrl).host,
          source_ip: '127.0.0.1',
        },
      },
    ]);
    expect(server.log.filter(({ event }) => event === 'connected')).toEqual([]);
  });

  it('from a page after DNS rebinding is answered 403', async () => {
    server = await startTestServer();
    const { port } = new URL(server.webSocketUrl);
    expect((await handshake(server.webSocketUrl, { Host: `evil.example:${port}` })).status).toBe(403);
    expect(
      (await handshake(server.webSocketUrl, { Host: `evil.example:${port}`, 'X-Forwarded-For': '192.0.2.1' })).status,
    ).toBe(403);
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:8080'])(
    'from a page of %s is accepted',
    async (Origin) => {
      server = await startTestServer();
      expect((await handshake(server.webSocketUrl, { Origin })).status).toBe(101);
    },
  );

  it('from a page that ORIGINS allows is accepted; * allows all', async () => {
    server = await startTestServer({ ORIGINS: 'https://app.example.com,https://other.example.com' });
    expect((await handshake(server.webSocketUrl, { Origin: 'https://other.example.com' })).status).toBe(101);
    expect((await handshake(server.webSocketUrl, { Origin: EVIL })).status).toBe(403);
    await server.stop();
    server = await startTestServer({ ORIGINS: '*' });
    expect((await handshake(server.webSocketUrl, { Origin: EVIL })).status).toBe(101);
  });

  it('through a proxy is accepted from any page, because the proxy is public anyway', async () => {
    server = await startTestServer();
    const headers = { Origin: EVIL, 'X-Forwarded-For': '192.0.2.1' };
    expect((await handshake(server.webSocketUrl, headers)).status).toBe(101);
  });

  it('without an Origin, as from a program, is accepted', async () => {
    server = await startTestServer();
    const client = await TestClient.connect(server.webSocketUrl);
    await client.close();
  });
});
