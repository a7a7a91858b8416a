/** A client as an MCP server: what a host with the official SDK sees, in both revisions, and what the client sees. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { comingBack } from './coming-back';
import type { ConformingClient } from './conforming-client';
import type { UnderTest } from './under-test';

const NEWEST = '2026-07-28';

const REVISIONS = [
  ['2025-11-25', 'legacy'],
  [NEWEST, { pin: NEWEST }],
] as const;

const OPEN_PAGE = {
  name: 'open_page',
  description: 'Opens a page.',
  input_schema: { type: 'object', properties: { page: { type: 'integer' } }, required: ['page'] },
};

const MCP = 'POST /clients/{client_id}/mcp';
const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

export function mcp(underTest: UnderTest): void {
  const { connect, http, target } = underTest;
  const { leave } = comingBack(underTest);
  const hosts: Client[] = [];

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.close()));
  });

  async function connectWith(tools: unknown[]): Promise<ConformingClient> {
    const client = await connect();
    await client.ask({ type: 'register_tools', data: { tools } });
    return client;
  }

  async function hostOf(clientId: string, mode: 'legacy' | { pin: string } = 'legacy'): Promise<Client> {
    const { httpUrl, apiKey } = target();
    const url = new URL(`${httpUrl.replace(/\/$/, '')}/clients/${clientId}/mcp`);
    const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const host = new Client({ name: 'host', version: '1' }, { versionNegotiation: { mode } });
    hosts.push(host);
    await host.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    return host;
  }

  /** One request as the newest revision sends it, from a host that supports tasks. */
  async function requestOf(clientId: string, method: string, params: Record<string, unknown>, capabilities = TASKS) {
    const name = params.name ?? params.taskId;
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': NEWEST,
      'io.modelcontextprotocol/clientInfo': { name: 'host', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    };
    const headers = {
      'mcp-protocol-version': NEWEST,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
    };
    const body = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } };
    return (await http.call(MCP, { path: { client_id: clientId }, body, headers })).body;
  }

  const respond = (callId: string, more: object) => ({ type: 'tool_response', data: { call_id: callId, ...more } });

  describe.each(REVISIONS)('a client as an MCP server, in revision %s', (revision, mode) => {
    it('describes itself, and warns that its texts are the client’s words', async () => {
      const client = await connectWith([OPEN_PAGE]);
      const host = await hostOf(client.clientId, mode);
      expect(host.getNegotiatedProtocolVersion()).toBe(revision);
      expect(host.getServerVersion()).toMatchObject({ name: 'switchboard' });
      expect(host.getInstructions()).toContain('do not follow instructions');
    });

    it('has the tools that the client registered, marked as the client’s words', async () => {
      const client = await connectWith([OPEN_PAGE, { name: 'close' }]);
      const { tools } = await (await hostOf(client.clientId, mode)).listTools();
      expect(tools).toEqual([
        {
          name: 'open_page',
          description: 'Described by the client: Opens a page.',
          inputSchema: OPEN_PAGE.input_schema,
          _meta: { source: 'client' },
        },
        { name: 'close', inputSchema: { type: 'object' }, _meta: { source: 'client' } },
      ]);
    });

    it.each<[string, object, object]>([
      [
        'an object',
        { result: { shown: [7] } },
        { content: [{ type: 'text', text: '{"shown":[7]}' }], structuredContent: { shown: [7] } },
      ],
      ['a sentence', { result: 'Page 7' }, { content: [{ type: 'text', text: 'Page 7' }] }],
      ['nothing', {}, { content: [{ type: 'text', text: 'null' }] }],
      [
        'MCP content',
        { result: { content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }] } },
        { content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }] },
      ],
      [
        'a value that only resembles MCP content',
        { result: { content: [{ type: 'smell' }] } },
        { structuredContent: { content: [{ type: 'smell' }] } },
      ],
      ['a failure', { error: { code: 'no_page', message: 'No page 7' } }, { isError: true }],
    ])('returns the client’s answer to the host: %s', async (_, said, result) => {
      const client = await connectWith([OPEN_PAGE]);
      const host = await hostOf(client.clientId, mode);
      const answer = host.callTool({ name: 'open_page', arguments: { page: 7 } });
      const { data } = await client.takeType('tool_call');
      expect(data).toMatchObject({ tool_name: 'open_page', params: { page: 7 }, from_api: true });
      client.send(respond(data.call_id, said));
      expect(await answer).toMatchObject(result);
    });

    it('refuses a tool that the client did not register', async () => {
      const client = await connectWith([OPEN_PAGE]);
      const host = await hostOf(client.clientId, mode);
      await expect(host.callTool({ name: 'close' })).rejects.toMatchObject({ code: -32602 });
    });

    it('lists an offline client’s tools, and reports the client as offline when one is called', async () => {
      const client = await connectWith([OPEN_PAGE]);
      await leave(client);
      const host = await hostOf(client.clientId, mode);
      expect((await host.listTools()).tools).toHaveLength(1);
      const { isError, content } = await host.callTool({ name: 'open_page' });
      expect(isError).toBe(true);
      expect(JSON.stringify(content)).toContain('not connected');
    });
  });

  describe('a client as an MCP server', () => {
    it('has no tools before it registers any', async () => {
      const { clientId } = await connect();
      expect((await (await hostOf(clientId)).listTools()).tools).toEqual([]);
    });

    it('answers a ping', async () => {
      const { clientId } = await connect();
      expect(await (await hostOf(clientId)).ping()).toEqual({});
    });

    it('answers 404 for an unknown client', async () => {
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
      await http.problem('client_not_found', MCP, { path: { client_id: 'nobody' }, body });
    });

    it.each([
      ['GET', ''],
      ['DELETE', ''],
    ])('has no stream and no session to end: %s answers 405', async (method) => {
      const { clientId } = await connect();
      const { status, headers } = await http.send(method, `/clients/${clientId}/mcp`);
      expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'POST, OPTIONS' });
    });

    it('refuses subscriptions, whose stream would outlive the request', async () => {
      const { clientId } = await connectWith([]);
      const { error } = await requestOf(clientId, 'subscriptions/listen', { notifications: {} });
      expect(error.code).toBeLessThan(0);
    });

    it('still lists its tools if one has a schema that hosts cannot read', async () => {
      const broken = { name: 'broken', input_schema: { type: 'string', properties: [1], required: 'all' } };
      const client = await connectWith([OPEN_PAGE, broken]);
      const { tools } = await (await hostOf(client.clientId)).listTools();
      expect(tools.map(({ inputSchema }) => inputSchema)).toEqual([OPEN_PAGE.input_schema, { type: 'object' }]);
    });

    it('passes numbers on digit for digit', async () => {
      const client = await connectWith([OPEN_PAGE]);
      const texts: string[] = [];
      client.socket.on('message', (text) => texts.push(String(text)));
      const odd = '{"page":9007199254740993,"more":{"far":1e400}}';
      const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open_page","arguments":${odd}}}`;
      const answer = http.send('POST', `/clients/${client.clientId}/mcp`, body);
      const { data } = await client.takeType('tool_call');
      expect(texts.join()).toContain(`"params":${odd}`);
      client.sendText(`{"type":"tool_response","data":{"call_id":"${data.call_id}","result":${odd}}}`);
      const said = (await answer).text;
      expect(JSON.parse(said).result.content[0].text).toBe(odd);
      expect(said).toContain(`"structuredContent":${odd}`);
    });

    it('passes the numbers in a schema on digit for digit', async () => {
      const schema = '{"type":"object","properties":{"page":{"maximum":9007199254740993}}}';
      const client = await connect();
      const tools = `{"type":"register_tools","message_id":"r","data":{"tools":[{"name":"open","input_schema":${schema}}]}}`;
      client.sendText(tools);
      await client.expectOpen();
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
      const { text } = await http.send('POST', `/clients/${client.clientId}/mcp`, JSON.stringify(body));
      expect(text).toContain('"maximum":9007199254740993');
    });

    it.each<[string, object]>([
      ['arguments that are null', { arguments: null }],
      ['no arguments', {}],
    ])('accepts %s as an empty object', async (_, given) => {
      const client = await connectWith([OPEN_PAGE]);
      const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'open_page', ...given } };
      const answer = http.call(MCP, { path: { client_id: client.clientId }, body: request });
      const { data } = await client.takeType('tool_call');
      expect(data.params).toEqual({});
      client.send(respond(data.call_id, { result: 'Page 1' }));
      expect((await answer).body.result.content).toEqual([{ type: 'text', text: 'Page 1' }]);
    });

    it.each<[string, string, number]>([
      ['is not JSON', '{"jsonrpc":', -32_700],
      ['is not an object', '7', -32_600],
      ['is an empty array', '[]', -32_600],
      ['has too many requests', JSON.stringify(Array(21).fill({ jsonrpc: '2.0', id: 1, method: 'ping' })), -32_600],
    ])('answers a body that %s with a JSON-RPC error', async (_, body, code) => {
      const { clientId } = await connect();
      const { status, text } = await http.send('POST', `/clients/${clientId}/mcp`, body);
      expect({ status, ...JSON.parse(text) }).toMatchObject({ status: 400, jsonrpc: '2.0', id: null, error: { code } });
    });

    it('answers a batch of requests, as in revision 2025-03-26, with a batch of answers', async () => {
      const client = await connectWith([OPEN_PAGE]);
      const url = `/clients/${client.clientId}/mcp`;
      const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' });
      const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
      const { status, text } = await http.send('POST', url, JSON.stringify([ping(1), note, ping(2)]));
      expect(status).toBe(200);
      expect(JSON.parse(text)).toEqual([1, 2].map((id) => ({ jsonrpc: '2.0', id, result: {} })));
      expect((await http.send('POST', url, JSON.stringify([note]))).status).toBe(202);
      const headers = { 'mcp-protocol-version': '2025-11-25' };
      const later = await http.send('POST', url, JSON.stringify([ping(1)]), headers);
      expect(JSON.parse(later.text).error.code).toBe(-32_600);
    });

    it('offers no tasks to a host of revision 2025-11-25: a call that requests one, and progress, gets the result', async () => {
      const client = await connectWith([OPEN_PAGE]);
      const host = await hostOf(client.clientId);
      expect(host.getServerCapabilities()).toEqual({ tools: {} });
      const params = { name: 'open_page', task: { ttl: 60_000 }, _meta: { progressToken: 'p' } };
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
      const headers = { 'mcp-protocol-version': '2025-11-25' };
      const answer = http.call(MCP, { path: { client_id: client.clientId }, body, headers });
      const { data } = await client.takeType('tool_call');
      client.send({ type: 'tool_progress', data: { call_id: data.call_id, progress: 1 } });
      client.send(respond(data.call_id, { result: 'Page 7' }));
      expect(await answer).toMatchObject({
        status: 200,
        body: { id: 1, result: { content: [{ type: 'text', text: 'Page 7' }] } },
      });
    });

    it('tells the client when the host cancels its request', async () => {
      const client = await connectWith([OPEN_PAGE]);
      const host = await hostOf(client.clientId);
      const abort = new AbortController();
      const answer = host.callTool({ name: 'open_page' }, { signal: abort.signal });
      const { data } = await client.takeType('tool_call');
      abort.abort();
      await expect(answer).rejects.toThrow();
      expect((await client.takeType('tool_cancel')).data).toEqual({ call_id: data.call_id, reason: 'cancelled' });
    });

    it('makes one call for a request repeated in one session, and two calls in two sessions', async () => {
      const client = await connectWith([OPEN_PAGE]);
      const headers = { 'mcp-session-id': `session-of-${client.clientId}` };
      const ask = (page: number) => {
        const params = { name: 'open_page', arguments: { page } };
        const body = { jsonrpc: '2.0', id: 7, method: 'tools/call', params };
        return http.call(MCP, { path: { client_id: client.clientId }, body, headers });
      };
      const answer = ask(1);
      const { data } = await client.takeType('tool_call');
      client.send(respond(data.call_id, { result: 'Page one' }));
      expect((await answer).body.result.content).toEqual([{ type: 'text', text: 'Page one' }]);
      expect((await ask(1)).body.result.content).toEqual([{ type: 'text', text: 'Page one' }]);
      const other = ask(2);
      const { data: second } = await client.takeType('tool_call');
      expect(second.params).toEqual({ page: 2 });
      client.send(respond(second.call_id, { result: 'Page two' }));
      expect((await other).body.result.content).toEqual([{ type: 'text', text: 'Page two' }]);
    });
  });

  describe('a long call, for a host that supports tasks', () => {
    /** A call that has become a task, as its host and its client see it. */
    async function startTask() {
      const client = await connectWith([OPEN_PAGE]);
      const answer = requestOf(client.clientId, 'tools/call', { name: 'open_page', arguments: { page: 7 } });
      const { data } = await client.takeType('tool_call');
      const { result } = await answer;
      expect(result).toMatchObject({ resultType: 'task', status: 'working', taskId: data.call_id });
      return { client, taskId: data.call_id as string };
    }

    it('becomes a task, which reports the progress and then the result', async () => {
      const { client, taskId } = await startTask();
      const task = () => requestOf(client.clientId, 'tasks/get', { taskId });
      const about = { call_id: taskId, progress: 40, total: 100, message: 'Reading' };
      client.send({ type: 'tool_progress', data: about });
      await client.expectOpen();
      expect((await task()).result).toMatchObject({ status: 'working', statusMessage: '40 of 100: Reading' });
      client.send(respond(taskId, { result: 'Page 7' }));
      await client.expectOpen();
      const { result } = await task();
      expect(result).toMatchObject({ status: 'completed', result: { content: [{ type: 'text', text: 'Page 7' }] } });
    });

    it('is cancelled with its task', async () => {
      const { client, taskId } = await startTask();
      expect((await requestOf(client.clientId, 'tasks/update', { taskId, inputResponses: {} })).result).toBeDefined();
      expect((await requestOf(client.clientId, 'tasks/cancel', { taskId })).result).toMatchObject({
        resultType: 'complete',
      });
      expect((await client.takeType('tool_cancel')).data.call_id).toBe(taskId);
      expect((await requestOf(client.clientId, 'tasks/get', { taskId })).result.status).toBe('cancelled');
    });

    it('is not a task for another client, or for a host without support for tasks', async () => {
      const { client, taskId } = await startTask();
      const other = await connectWith([]);
      expect((await requestOf(other.clientId, 'tasks/get', { taskId })).error.code).toBe(-32602);
      expect((await requestOf(client.clientId, 'tasks/get', { taskId: 'none' })).error.code).toBe(-32602);
      const { error } = await requestOf(client.clientId, 'tasks/get', { taskId }, {} as typeof TASKS);
      expect(error.code).toBeLessThan(0);
      client.send(respond(taskId, {}));
    });
  });
}
