/** The example of an MCP host, against a real server and a connected client. */
import { join } from 'node:path';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms, startProgram } from '../support/program';
import { TestClient } from '../support/test-client';

const HOST = join(__dirname, '../../examples/mcp-host/host.mjs');

let server: TestServer;
let client: TestClient;

afterEach(async () => {
  endPrograms();
  await client.close();
  await server.stop();
});

async function connect(url: string): Promise<void> {
  client = await TestClient.connect(url);
  const tools = [{ name: 'open_page', description: 'Opens a page.', input_schema: { type: 'object' } }];
  await client.ask({ type: 'register_tools', data: { tools } });
}

function runHost(args: string[], more: Record<string, string> = {}) {
  return startProgram(process.execPath, [HOST, ...args], { environment: { API: server.httpUrl, ...more } }).exit;
}

describe('without access control', () => {
  beforeEach(async () => {
    server = await startTestServer();
    await connect(server.webSocketUrl);
  });

  it('lists the client’s tools', async () => {
    const { code, stdout, stderr } = await runHost([client.clientId]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('open_page: Described by the client: Opens a page.\n');
  });

  it('calls a tool of the client', async () => {
    const exit = runHost([client.clientId, 'open_page', '{"page": 7}']);
    const { data } = await client.nextOf('tool_call');
    expect(data).toMatchObject({ tool_name: 'open_page', params: { page: 7 } });
    client.send({ type: 'tool_response', data: { call_id: data.call_id, result: 'page 7 is open' } });
    expect(await exit).toMatchObject({ code: 0, stdout: 'page 7 is open\n', stderr: '' });
  });

  it('shows why a tool failed', async () => {
    const exit = runHost([client.clientId, 'open_page']);
    const { data } = await client.nextOf('tool_call');
    client.send({ type: 'tool_response', data: { call_id: data.call_id, error: 'there is no page' } });
    const { code, stdout } = await exit;
    expect(code).toBe(1);
    expect(stdout).toContain('there is no page');
  });

  it('says in a line why it cannot connect', async () => {
    const { code, stderr } = await runHost(['nobody']);
    expect(code).toBe(1);
    expect(stderr).toContain('No client with this client_id is connected');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('prints its usage', async () => {
    expect(await runHost([])).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: node host.mjs') });
  });
});

it('calls a tool with API_KEY if the server has access control', async () => {
  const keys = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
  const apiKey = keys.read().api_key.current;
  const headers = { authorization: `Bearer ${apiKey}` };
  await connect((await call('POST', `${server.httpUrl}/tokens`, {}, headers)).body.websocket_url);
  const exit = runHost([client.clientId, 'open_page'], { API_KEY: apiKey });
  const { data } = await client.nextOf('tool_call');
  client.send({ type: 'tool_response', data: { call_id: data.call_id, result: 'open' } });
  expect(await exit).toMatchObject({ code: 0, stdout: 'open\n' });
  keys.remove();
});
