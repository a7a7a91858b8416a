/** Clients that are gone, and nobody has noticed, on a deployed stack. */
import { randomUUID } from 'node:crypto';
import type { ConformingClient } from './suite/conforming-client';
import { eventually } from './suite/eventually';
import type { UnderTest } from './suite/under-test';
import { openUnreachable } from './unreachable';

const MCP = 'POST /clients/{client_id}/mcp';

/** @param access  as for the conformance suite */
export function goneClients({ connect, http }: UnderTest, access: 'open' | 'token'): void {
  const newGroup = () => `present:${randomUUID()}`;

  const openGone = async (group: string) => String(await openUnreachable(1, { group }));

  async function put(group: string, client_id: string): Promise<void> {
    expect((await http.call('PUT /groups/{group}/clients/{client_id}', { path: { group, client_id } })).status).toBe(
      204,
    );
  }

  const watch = (client: ConformingClient, group: string) => client.ask({ type: 'watch_presence', data: { group } });

  async function connectWatcher(group: string): Promise<ConformingClient> {
    const watcher = await connect();
    await put(group, watcher.clientId);
    expect(await watch(watcher, group)).toMatchObject({ data: { watching: true } });
    return watcher;
  }

  const toldOf = (watcher: ConformingClient, clientId: string) =>
    watcher.take(({ type, data }) => type === 'presence_changed' && data.offline.includes(clientId));

  async function expectRemoved(client_id: string): Promise<void> {
    await http.problem('client_not_found', 'GET /clients/{client_id}', { path: { client_id } });
  }

  describe('a client that is gone', () => {
    it('is removed by a push, and the next snapshot of its group shows it as offline', async () => {
      const group = newGroup();
      const [watcher, client_id] = [await connectWatcher(group), await openGone(group)];
      await http.problem('client_gone', 'POST /send_message', { body: { client_id, content: 'hello' } });
      await expectRemoved(client_id);
      const { data } = await watch(watcher, group);
      expect(data.clients).toContainEqual({ client_id, online: false });
    });

    it('is removed when the team disconnects it, and those who watch its group are told', async () => {
      const group = newGroup();
      const [watcher, client_id] = [await connectWatcher(group), await openGone(group)];
      expect((await http.call('DELETE /clients/{client_id}', { path: { client_id } })).status).toBe(204);
      await toldOf(watcher, client_id);
      await expectRemoved(client_id);
    });

    if (access === 'token') {
      it('is removed by a revocation, and those who watch its group are told', async () => {
        const group = newGroup();
        const [watcher, client_id] = [await connectWatcher(group), await openGone(group)];
        expect((await http.call('POST /revocations', { body: { client_id } })).status).toBe(202);
        await toldOf(watcher, client_id);
        await expectRemoved(client_id);
      });
    }

    it('is removed by what it would have watched, and those who watch its group are told', async () => {
      const group = newGroup();
      const watcher = await connectWatcher(group);
      const [client_id = ''] = await openUnreachable(1, { group, watches: true });
      await put(group, randomUUID());
      await toldOf(watcher, client_id);
      await expectRemoved(client_id);
    });

    it('is removed by a tool call', async () => {
      const client_id = await openGone(newGroup());
      await http.problem('client_gone', 'POST /call_tool', { body: { client_id, tool_name: 'open' } });
      await expectRemoved(client_id);
    });

    it('is removed by an MCP tool call', async () => {
      const client = await connect();
      const client_id = client.clientId;
      await client.ask({ type: 'register_tools', data: { tools: [{ name: 'open' }] } });
      await client.close();
      await eventually(() => expectRemoved(client_id));
      await openUnreachable(1, { clientId: client_id });
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'open', arguments: {} } };
      const headers = { accept: 'application/json, text/event-stream', 'mcp-session-id': randomUUID() };
      const answer = await http.call(MCP, { path: { client_id }, body, headers });
      expect(answer.body.result).toMatchObject({ isError: true });
      await expectRemoved(client_id);
    });
  });
}
