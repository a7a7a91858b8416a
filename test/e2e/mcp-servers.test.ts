/** Tools of MCP servers, offered to clients over stdio and HTTP, and what happens when a server dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { completeWith, startFakeEndpoint } from '../support/fake-endpoint';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

const PROGRAM = join(__dirname, '../support/mcp-program.mjs');

const READ_PAGE = {
  description: 'Reads a page.',
  input_schema: { type: 'object', properties: { page: { type: 'number' } }, required: ['page'] },
};

const processes: ChildProcess[] = [];
let server: TestServer;
let client: TestClient;

/** Starts the program over HTTP, and returns its URL. */
async function startProgram(port = 0): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [PROGRAM, `--http=${port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  const stop = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { url, stop };
}

async function start(servers: object, environment: Record<string, string> = {}, wire = false): Promise<void> {
  server = await startTestServer({ MCP_SERVERS: JSON.stringify(servers), ...environment }, { wire });
  client = await TestClient.connect(server.webSocketUrl);
}

afterEach(async () => {
  await client?.close();
  await server?.stop();
  for (const child of processes.splice(0)) child.kill('SIGKILL');
});

async function toolNames(): Promise<string[]> {
  const { data } = await client.ask({ type: 'list_tools' });
  return data.tools.map(({ name }: { name: string }) => name);
}

async function callTool(name: string, params: object = {}) {
  const { data } = await client.ask({ type: 'tool_call', data: { tool_name: name, params } });
  return data;
}

const untilListed = (name: string) => eventually(async () => expect(await toolNames()).toContain(name));

const STDIO = { command: process.execPath, args: [PROGRAM] };

describe.each(['stdio', 'http', 'http, with the data in DynamoDB'])('an MCP server over %s', (way) => {
  beforeEach(async () => {
    const near = way === 'stdio' ? STDIO : { url: (await startProgram()).url };
    await start({ near }, {}, way.includes('DynamoDB'));
    await untilListed('near.read_page');
  });

  it('has its tools in list_tools, with their schemas, next to the app’s', async () => {
    const { data } = await client.ask({ type: 'list_tools' });
    expect(data.tools.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['add', 'near.read_page', 'near.count']),
    );
    const tool = data.tools.find(({ name }: { name: string }) => name === 'near.read_page');
    expect(tool).toMatchObject(READ_PAGE);
  });

  it.each<[string, object, object]>([
    ['read_page', { page: 7 }, { status: 'completed', result: 'Page 7' }],
    ['count', { page: 7 }, { status: 'completed', result: { words: 7 } }],
    ['fail', {}, { status: 'failed', result: null, error: { code: 'tool_failed', message: 'No such page' } }],
    ['read_page', { page: 'seven' }, { status: 'failed', error: { code: 'tool_failed' } }],
  ])('answers a tool_call of %s with %j', async (name, params, answer) => {
    expect(await callTool(`near.${name}`, params)).toMatchObject({ tool_name: `near.${name}`, params, ...answer });
  });

  it('leaves the app’s own tools and the simulated tools unchanged', async () => {
    expect(await callTool('add', { a: 1, b: 2 })).toMatchObject({ result: 3 });
    expect(await callTool('near.unknown')).toMatchObject({ simulated: true });
  });
});

describe('an MCP server that dies', () => {
  it('fails the call but not the gateway, and is restarted', async () => {
    await start({ near: STDIO });
    await untilListed('near.die');
    expect(await callTool('near.die')).toMatchObject({ status: 'failed', error: { code: 'tool_unavailable' } });
    await eventually(async () =>
      expect(await callTool('near.read_page', { page: 1 })).toMatchObject({ result: 'Page 1' }),
    );
  });

  it('fails calls while it is down, and is found again at its address', async () => {
    const program = await startProgram();
    await start({ far: { url: program.url } });
    await untilListed('far.read_page');
    await program.stop();
    const failed = await callTool('far.read_page', { page: 1 });
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'tool_unavailable' } });
    expect(failed.error.message).toContain('"far"');
    expect(await toolNames()).toContain('far.read_page');
    await startProgram(Number(new URL(program.url).port));
    await eventually(async () =>
      expect(await callTool('far.read_page', { page: 2 })).toMatchObject({ result: 'Page 2' }),
    );
  });

  it('delays neither the start nor the other servers', async () => {
    await start({ gone: { url: 'http://127.0.0.1:9/mcp' }, none: { command: '/no/such/program' }, near: STDIO });
    await untilListed('near.read_page');
    expect(await toolNames()).not.toContain('gone.read_page');
    const unreachable = server.log
      .filter(({ event }) => event === 'mcp_unreachable')
      .map(({ fields }) => fields?.server);
    expect(unreachable).toEqual(expect.arrayContaining(['gone', 'none']));
  });
});

describe('the configuration of an MCP server', () => {
  it('consists of headers and variables, which can be secrets', async () => {
    const { url } = await startProgram();
    const key = { secret: 'PAGES_KEY' };
    await start(
      { far: { url, headers: { 'x-key': key } }, near: { ...STDIO, env: { PROGRAM_KEY: key } } },
      { PAGES_KEY: 'k-7' },
    );
    await untilListed('far.key');
    await untilListed('near.key');
    expect(await callTool('far.key')).toMatchObject({ result: 'k-7' });
    expect(await callTool('near.key')).toMatchObject({ result: 'k-7' });
    expect(JSON.stringify(server.log)).not.toContain('k-7');
  });

  it('must be complete at startup', async () => {
    const near = { ...STDIO, env: { PROGRAM_KEY: { secret: 'PAGES_KEY' } } };
    await expect(startTestServer({ MCP_SERVERS: JSON.stringify({ near }) })).rejects.toThrow(
      'MCP_SERVERS: no secret named PAGES_KEY: set the environment variable PAGES_KEY.',
    );
  });

  it('and its answers appear in no log', async () => {
    await start({ near: STDIO });
    await untilListed('near.read_page');
    await callTool('near.read_page', { page: 74656 });
    await callTool('near.fail');
    await callTool('near.die');
    expect(JSON.stringify(server.log)).not.toMatch(/74656|No such page|said on stderr|Reads a page/);
  });
});

it('a model that answers chats calls the tools by names that models accept', async () => {
  const endpoint = await startFakeEndpoint();
  try {
    await start({ near: STDIO }, { RESPONDER: 'openai', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'tiny-1' });
    await untilListed('near.read_page');
    client.send({ type: 'chat_message', data: { content: 'What is on page 7?' } });
    const first = await endpoint.next();
    const names = first.json.tools.map((tool: { function: { name: string } }) => tool.function.name);
    expect(names).toEqual(expect.arrayContaining(['add', 'near_read_page']));
    const readPage = { name: 'near_read_page', arguments: '{"page":7}' };
    completeWith(first, { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: readPage }] });
    const second = await endpoint.next();
    expect(JSON.parse(second.json.messages.at(-1).content)).toEqual({ result: 'Page 7' });
    completeWith(second, { content: 'It is page 7.' });
    expect((await client.nextOf('chat_response')).data).toMatchObject({ content: 'It is page 7.' });
  } finally {
    endpoint.stop();
  }
});
