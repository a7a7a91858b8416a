/** Tools of MCP servers in a function: it connects when they are needed, and passes numbers on digit for digit. */
import { createOnDemandTools } from '../../../lambdas/mcp/on-demand-tools';
import type { HandlerContext } from '../../../lambdas/ports/handler-context';
import { parseJson, stringifyJson } from '../../../lambdas/protocol/json';
import { createFakeClock } from '../../support/fake-clock';
import { type FakeMcpServer, startFakeMcpServer } from '../../support/fake-mcp-server';
import { createRecordingLog } from '../../support/fakes';

const NUMBERS = '{"id":9007199254740993,"far":1e400,"text":"9007199254740993"}';
const RESULT = `{"content":[{"type":"text","text":"found"}],"structuredContent":${NUMBERS}}`;

const servers: FakeMcpServer[] = [];

async function start(...given: Parameters<typeof startFakeMcpServer>): Promise<FakeMcpServer> {
  const server = await startFakeMcpServer(...given);
  servers.push(server);
  return server;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

function sourceOf(urls: Record<string, string>, headers = {}, secrets: Record<string, string> = {}) {
  const clock = createFakeClock();
  const log = createRecordingLog();
  const given = Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, { url, headers }]));
  const options = { version: '1', clock, log, secrets: { get: async (name: string) => secrets[name] as string } };
  return { source: createOnDemandTools(given, options), clock, log };
}

const context = { signal: new AbortController().signal } as HandlerContext;

async function call(source: ReturnType<typeof createOnDemandTools>, name = 'near.find', params = '{}') {
  const tool = await source.tool(name);
  return tool?.call(parseJson(params) as Record<string, unknown>, context);
}

describe.each([false, true])('a server that answers with a stream: %j', (asStream) => {
  it('gets the arguments and returns its results digit for digit', async () => {
    const server = await start(RESULT, { asStream });
    const { source } = sourceOf({ near: server.url });
    expect(stringifyJson(await call(source, 'near.find', NUMBERS))).toBe(`{"result":${NUMBERS}}`);
    expect(server.requests.at(-1)?.body).toContain(`"arguments":${NUMBERS}`);
  });
});

it('connects once, at the first use of a tool, and keeps neither a stream nor a socket open', async () => {
  const [near, far] = [await start(RESULT), await start(RESULT)];
  const { source } = sourceOf({ near: near.url, far: far.url });
  await call(source);
  await call(source);
  expect(near.methods()).toEqual(['initialize', 'notifications/initialized', 'tools/list', 'tools/call', 'tools/call']);
  expect(far.requests).toEqual([]);
  expect(near.requests.map(({ headers }) => headers.connection)).toEqual(near.requests.map(() => 'close'));
  expect((await source.tools()).map(({ name }) => name)).toEqual(['near.find', 'far.find']);
  expect(await source.tool('add')).toBeUndefined();
  expect(await source.tool('near.unknown')).toBeUndefined();
});

it('repeats a call in a new session if the server has forgotten the old one', async () => {
  const server = await start(RESULT);
  const { source } = sourceOf({ near: server.url });
  await call(source);
  server.forget();
  expect(await call(source)).toMatchObject({ result: { text: '9007199254740993' } });
  expect(server.methods().filter((method) => method === 'initialize')).toHaveLength(2);
});

it('lists the tools again after five minutes', async () => {
  const server = await start(RESULT);
  const { source, clock } = sourceOf({ near: server.url });
  const lists = () => server.methods().filter((method) => method === 'tools/list').length;
  await source.tools();
  clock.advance(299_000);
  await source.tools();
  expect(lists()).toBe(1);
  clock.advance(2_000);
  await source.tools();
  expect(lists()).toBe(2);
});

it('fails calls while a server cannot be reached, and retries after ten seconds', async () => {
  const server = await start(RESULT);
  const gone = 'http://127.0.0.1:9/mcp';
  const { source, clock, log } = sourceOf({ near: gone, far: server.url });
  const unavailable = { error: { code: 'tool_unavailable', message: expect.stringContaining('"near"') } };
  expect(await call(source)).toMatchObject(unavailable);
  expect(await call(source)).toMatchObject(unavailable);
  const unreachable = () => log.infos.filter((event) => event === 'mcp_unreachable').length;
  expect(unreachable()).toBe(1);
  expect((await source.tools()).map(({ name }) => name)).toEqual(['far.find']);
  clock.advance(10_000);
  expect(await call(source)).toMatchObject(unavailable);
  expect(unreachable()).toBe(2);
});

it('reads a secret header for each request, so that a new secret takes effect', async () => {
  const server = await start(RESULT);
  const secrets = { KEY: 'first' };
  const { source } = sourceOf({ near: server.url }, { 'x-key': { secret: 'KEY' } }, secrets);
  await call(source);
  secrets.KEY = 'second';
  await call(source);
  expect(server.requests.map(({ headers }) => headers['x-key']).filter((key) => key === undefined)).toEqual([]);
  expect(server.requests.at(-2)?.headers['x-key']).toBe('first');
  expect(server.requests.at(-1)?.headers['x-key']).toBe('second');
});
