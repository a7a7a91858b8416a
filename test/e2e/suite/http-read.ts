/** Calls that read: what is running, and who is connected. */
import { eventually } from './eventually';
import type { HttpApi } from './http-api';
import type { UnderTest } from './under-test';

interface ClientRow {
  client_id: string;
  connected_at: string;
  last_activity: string;
  message_count: number;
}

/** Every client that GET /clients lists, page by page, until all `wanted` have been seen or there are no more pages. */
async function listClients(http: HttpApi, limit: number, wanted: readonly string[]): Promise<ClientRow[]> {
  const rows: ClientRow[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit, ...(cursor !== undefined && { cursor }) };
    const { status, body } = await http.call('GET /clients', { query });
    expect(status).toBe(200);
    expect(body.clients.length).toBeLessThanOrEqual(limit);
    rows.push(...body.clients);
    cursor = body.next_cursor;
  } while (cursor !== undefined && !wanted.every((id) => rows.some(({ client_id }) => client_id === id)));
  return rows;
}

export function httpRead({ connect, http }: UnderTest): void {
  describe('GET /', () => {
    it('says what is running, with working links', async () => {
      const { status, body } = await http.call('GET /');
      expect(status).toBe(200);
      const links = Object.values<string>(body.links);
      expect(links).not.toEqual([]);
      const answers = await Promise.all(links.map((link) => http.send('GET', link)));
      expect(answers.map((answer) => answer.status)).toEqual(links.map(() => 200));
    });
  });

  describe('GET /health', () => {
    it('says that the server is healthy', async () => {
      const { status, body } = await http.call('GET /health');
      expect({ status, health: body.status }).toEqual({ status: 200, health: 'healthy' });
    });
  });

  describe('GET /ready', () => {
    it('says that the server accepts clients', async () => {
      const { status, body } = await http.call('GET /ready');
      expect({ status, ready: body.status }).toEqual({ status: 200, ready: 'ready' });
    });
  });

  describe('GET /status', () => {
    it('counts the connected clients', async () => {
      await Promise.all([connect(), connect()]);
      await eventually(async () => {
        const { status, body } = await http.call('GET /status');
        expect(status).toBe(200);
        expect(body.connected_clients).toBeGreaterThanOrEqual(2);
        expect(body.uptime_seconds).toBeGreaterThanOrEqual(0);
        expect(body.heartbeat_seconds).toBeGreaterThan(0);
      });
    });
  });

  describe('GET /clients', () => {
    it('lists and counts the connected clients', async () => {
      const clients = await Promise.all([connect(), connect(), connect()]);
      const ids = clients.map(({ clientId }) => clientId);
      await eventually(async () => {
        const listed = (await listClients(http, 1_000, ids)).map(({ client_id }) => client_id);
        expect(listed).toEqual(expect.arrayContaining(ids));
        expect((await http.call('GET /clients')).body.total).toBeGreaterThanOrEqual(3);
      });
    });

    it('lists page by page, without duplicates', async () => {
      const clients = await Promise.all([connect(), connect(), connect()]);
      const ids = clients.map(({ clientId }) => clientId);
      await eventually(async () => {
        const listed = (await listClients(http, 1, ids)).map(({ client_id }) => client_id);
        expect(listed).toEqual(expect.arrayContaining(ids));
        expect(new Set(listed).size).toBe(listed.length);
      });
    });

    it('has the total count on every page', async () => {
      await Promise.all([connect(), connect()]);
      await eventually(async () => {
        const { body } = await http.call('GET /clients', { query: { limit: 1 } });
        expect(body.total).toBeGreaterThanOrEqual(2);
        expect(body.next_cursor).toEqual(expect.any(String));
      });
    });

    it('no longer lists a client that has left', async () => {
      const client = await connect();
      await client.close();
      await eventually(async () => {
        const listed = await listClients(http, 1_000, [client.clientId]);
        expect(listed.map(({ client_id }) => client_id)).not.toContain(client.clientId);
      });
    });
  });

  describe('GET /clients/{client_id}', () => {
    it('returns the row that GET /clients lists', async () => {
      const client = await connect();
      const path = { client_id: client.clientId };
      await eventually(async () => {
        const { body } = await http.call('GET /clients/{client_id}', { path });
        expect(body).toMatchObject({ client_id: client.clientId, message_count: 0 });
        expect(body.last_activity >= body.connected_at).toBe(true);
        const listed = await listClients(http, 1_000, [client.clientId]);
        expect(listed.find(({ client_id }) => client_id === client.clientId)).toEqual(body);
      });
    });

    it('answers 404 when the client has left', async () => {
      const client = await connect();
      const path = { client_id: client.clientId };
      await client.close();
      await eventually(() => http.problem('client_not_found', 'GET /clients/{client_id}', { path }));
    });
  });
}
