/** The MCP project's own programs: its conformance suite and its Inspector with a client, and its example server as a source of tools. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../e2e/suite/eventually';
import { freePort } from '../support/free-port';
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { hasMcpTools, type McpTool, NODE, pathOf, runMcpTool } from '../support/mcp-tools';
import { TestClient } from '../support/test-client';

const describeWithTools = hasMcpTools() ? describe : describe.skip;

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SOUND = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const resource = (uri: string, mimeType: string, text: string) => ({
  type: 'resource',
  resource: { uri, mimeType, text },
});

const SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

/** The tools that the conformance suite requires of every server, implemented by a client. */
const ANSWERS: Record<string, object> = {
  test_simple_text: { result: 'This is a simple text response for testing.' },
  test_image_content: { result: { content: [image] } },
  test_audio_content: { result: { content: [{ type: 'audio', data: SOUND, mimeType: 'audio/wav' }] } },
  test_embedded_resource: {
    result: { content: [resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')] },
  },
  test_multiple_content_types: {
    result: {
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        image,
        resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ],
    },
  },
  test_error_handling: { error: 'This tool intentionally returns an error for testing' },
  json_schema_2020_12_tool: { result: 'ok' },
  test_logging_tool: { result: 'logged nothing' },
  test_streaming_elicitation: { result: 'asked nothing' },
};

/** Checks of the scenario `server-stateless` that a client of the gateway cannot pass. */
const BEYOND = [
  // A tool that needs a capability of its caller: clients cannot declare that.
  'sep-2575-missing-capability-http-400',
  'sep-2575-server-rejects-undeclared-capability',
  // Streams of notifications: answers are sent as a whole, as on AWS.
  'sep-2575-server-sends-subscription-ack',
  'sep-2575-server-tags-subscription-id',
];

/** Scenarios that a client can support. The others are about prompts, resources, elicitation, and streams. */
const SCENARIOS: [tool: McpTool, revision: string, names: string[]][] = [
  [
    'conformance',
    '2025-11-25',
    [
      'server-initialize',
      'ping',
      'tools-list',
      'tools-call-simple-text',
      'tools-call-image',
      'tools-call-audio',
      'tools-call-embedded-resource',
      'tools-call-mixed-content',
      'tools-call-error',
      'json-schema-2020-12',
      'server-sse-multiple-streams',
      'dns-rebinding-protection',
    ],
  ],
  [
    'newestConformance',
    '2026-07-28',
    [
      'tools-list',
      'tools-call-simple-text',
      'tools-call-image',
      'tools-call-audio',
      'tools-call-embedded-resource',
      'tools-call-mixed-content',
      'tools-call-error',
      'json-schema-2020-12',
      'http-header-validation',
      'dns-rebinding-protection',
    ],
  ],
];

/** A client that has the suite's tools, and answers each call. */
async function connectTools(webSocketUrl: string): Promise<TestClient> {
  const client = await TestClient.connect(webSocketUrl);
  client.socket.on('message', (text) => {
    const { type, data } = JSON.parse(String(text));
    if (type !== 'tool_call') return;
    client.send({ type: 'tool_response', data: { call_id: data.call_id, ...ANSWERS[data.tool_name] } });
  });
  const tools = Object.keys(ANSWERS).map((name) => ({
    name,
    description: `For the test ${name}.`,
    ...(name === 'json_schema_2020_12_tool' && { input_schema: SCHEMA }),
  }));
  await client.ask({ type: 'register_tools', data: { tools } });
  return client;
}

describeWithTools('a client as an MCP server', () => {
  let server: TestServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await startTestServer();
    client = await connectTools(server.webSocketUrl);
  });

  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  for (const [tool, revision, names] of SCENARIOS) {
    it.each(names)(`passes the conformance suite of MCP, revision ${revision}: %s`, async (name) => {
      // A public name for this machine, because the suite checks other hosts' names.
      const url = `${server.httpUrl.replace('127.0.0.1', 'localhost')}/clients/${client.clientId}/mcp`;
      const options = ['server', '--url', url, '--scenario', name, '--spec-version', revision];
      const { output, code } = await runMcpTool(tool, ...options);
      expect(output).toMatch(/Passed: [1-9]\d*\/\d+, 0 failed/);
      expect(code).toBe(0);
    });
  }

  it('passes server-stateless of revision 2026-07-28, except for streams and for tools that need capabilities of their callers', async () => {
    const url = `${server.httpUrl}/clients/${client.clientId}/mcp`;
    const options = ['server', '--url', url, '--scenario', 'server-stateless', '--spec-version', '2026-07-28'];
    const { output } = await runMcpTool('newestConformance', ...options);
    const checks = [...output.matchAll(/\[(sep-[\w-]+) *\] \S*?(SUCCESS|FAILURE)/g)];
    const failed = checks.flatMap(([, name = '', status]) => (status === 'FAILURE' ? [name] : []));
    expect(checks.length).toBeGreaterThan(20);
    expect(failed.sort()).toEqual(BEYOND);
  });
});

describeWithTools('the MCP Inspector, with the API key', () => {
  let keysFile: KeysFile;
  let server: TestServer;
  let client: TestClient;

  beforeAll(async () => {
    keysFile = createKeysFile();
    server = await startTestServer({ AUTH: 'token', KEYS_FILE: keysFile.path });
    const headers = { authorization: `Bearer ${keysFile.read().api_key.current}` };
    const { body } = await call('POST', `${server.httpUrl}/tokens`, {}, headers);
    client = await connectTools(body.websocket_url);
  });

  afterAll(async () => {
    await client.close();
    await server.stop();
    keysFile.remove();
  });

  function inspect(...options: string[]) {
    const url = `${server.httpUrl}/clients/${client.clientId}/mcp`;
    const key = `Authorization: Bearer ${keysFile.read().api_key.current}`;
    return runMcpTool('inspector', '--cli', url, '--transport', 'http', '--header', key, ...options);
  }

  it('lists the tools of a client', async () => {
    const { output, code } = await inspect('--method', 'tools/list');
    expect(code).toBe(0);
    const { tools } = JSON.parse(output);
    expect(tools.map(({ name }: { name: string }) => name)).toEqual(Object.keys(ANSWERS));
  });

  it('calls a tool of a client', async () => {
    const { output, code } = await inspect('--method', 'tools/call', '--tool-name', 'test_simple_text');
    expect(code).toBe(0);
    expect(JSON.parse(output).content).toEqual([{ type: 'text', text: 'This is a simple text response for testing.' }]);
  });
});

describeWithTools('the example server of MCP', () => {
  let child: ChildProcess | undefined;
  let server: TestServer;
  let client: TestClient;

  afterEach(async () => {
    await client.close();
    await server.stop();
    child?.kill('SIGKILL');
    child = undefined;
  });

  async function serverOf(way: string): Promise<object> {
    if (way === 'stdio') return { command: NODE, args: [pathOf('everything'), 'stdio'] };
    const port = await freePort();
    child = spawn(NODE, [pathOf('everything'), 'streamableHttp'], {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (child.stderr) await once(child.stderr, 'data');
    return { url: `http://127.0.0.1:${port}/mcp` };
  }

  it.each(['stdio', 'Streamable HTTP'])('offers its tools to clients, over %s', async (way) => {
    server = await startTestServer({ MCP_SERVERS: JSON.stringify({ everything: await serverOf(way) }) });
    client = await TestClient.connect(server.webSocketUrl);
    const callTool = async (name: string, params: object) => {
      const { data } = await client.ask({ type: 'tool_call', data: { tool_name: `everything.${name}`, params } });
      return data;
    };
    await eventually(async () => {
      const { data } = await client.ask({ type: 'list_tools' });
      expect(data.tools.map(({ name }: { name: string }) => name)).toContain('everything.echo');
    });
    expect(await callTool('echo', { message: 'hello' })).toMatchObject({ status: 'completed', result: 'Echo: hello' });
    expect(await callTool('echo', {})).toMatchObject({ status: 'failed', error: { code: 'tool_failed' } });
    const { result } = await callTool('get-structured-content', { location: 'Chicago' });
    expect(result).toMatchObject({ conditions: expect.any(String) });
  });
});
