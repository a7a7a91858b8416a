/** Invalid HTTP calls over real sockets: each gets problem details that name the field, and the server continues. */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { MAX_MESSAGE_BYTES, MAX_NAME_LENGTH } from '../../lambdas/protocol/limits';
import { problemSchema } from '../../lambdas/protocol/problems';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

const NOBODY = randomUUID();
const DEPTH = 10_000;
const LONG_NAME = 'n'.repeat(MAX_NAME_LENGTH + 1);
const deepObjects = `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`;
const deepArrays = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;
/** Table rows, each with its beginning as its name. */
const named = (texts: string[]): [name: string, text: string][] => texts.map((text) => [text.slice(0, 60), text]);
const PUSHES = ['/send_message', '/call_tool', '/broadcast'];

let server: TestServer;
let client: TestClient;
let bystander: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await TestClient.connect(server.webSocketUrl);
  bystander = await TestClient.connect(server.webSocketUrl);
});

afterAll(async () => {
  await Promise.all([client.close(), bystander.close()]);
  await server.stop();
});

type Body = string | Uint8Array<ArrayBuffer>;

async function request(method: string, path: string, body?: Body, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.httpUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

async function expectAllWell(): Promise<void> {
  expect((await request('GET', '/health')).status).toBe(200);
  for (const one of [client, bystander]) {
    one.send({ type: 'ping', message_id: one.clientId });
    expect(await one.next()).toMatchObject({ type: 'pong', reply_to: one.clientId });
  }
}

function expectNoInternals(text: string): void {
  expect(text).not.toMatch(/\bat .*:\d+:\d+|node_modules|lambdas\/|SyntaxError|TypeError|RangeError|ZodError/);
}

/** The problem that a call ends with. Afterwards the server must be healthy, and no client may have received anything. */
async function problemOf(method: string, path: string, body?: Body, headers?: Record<string, string>) {
  const response = await request(method, path, body, headers);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expectNoInternals(response.text);
  expect(response.text.length).toBeLessThan(2_000);
  const problem = problemSchema.strict().parse(JSON.parse(response.text));
  expect(problem.status).toBe(response.status);
  const fields = [...new Set(problem.errors?.map((error) => error.path))];
  if (problem.status === 400 || problem.status === 422) expect(problem.detail).toContain(fields[0]);
  await expectAllWell();
  return { status: problem.status, code: problem.code, fields, headers: response.headers };
}

describe.each(PUSHES)('a body of POST %s', (path) => {
  it.each<[what: string, body: Body | undefined, headers?: Record<string, string>]>([
    ['none', undefined],
    ['empty', ''],
    ['white space', ' \r\n'],
    ['words', 'hello'],
    ['truncated', '{"client_id":"'],
    ['a form', 'client_id=1&content=hello', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['NaN', '{"content":NaN}'],
    ['UTF-16', new Uint8Array(Buffer.from('{}', 'utf16le'))],
    ['bytes that are not UTF-8', new Uint8Array([0xff, 0xfe, 0x00])],
    ['bytes that are not UTF-8, with a binary type', new Uint8Array([0xff]), { 'content-type': 'image/png' }],
    ['JSON in Base64', Buffer.from('{}').toString('base64')],
    ['JSON in gzip', new Uint8Array(gzipSync('{}')), { 'content-encoding': 'gzip' }],
    ['10,000 arrays that nobody closes', '['.repeat(DEPTH)],
  ])('(%s) answers 400 and names the body if it is not JSON', async (_, body, headers = {}) => {
    expect(await problemOf('POST', path, body, headers)).toMatchObject({
      status: 400,
      code: 'invalid_json',
      fields: ['body'],
    });
  });

  it.each(named(['[]', '[{}]', '"text"', '5', '1e400', 'null', 'true', deepArrays, deepObjects]))(
    '(%s) answers 422 and names the body if it is JSON of the wrong shape',
    async (_, body) => {
      expect(await problemOf('POST', path, body)).toMatchObject({
        status: 422,
        code: 'invalid_request',
        fields: ['body'],
      });
    },
  );
});

describe('a client_id', () => {
  it.each(['{}', '{"content":"a","tool_name":"a"}', '{"__proto__":{"client_id":"x"},"content":"a","tool_name":"a"}'])(
    'answers 400 and names client_id if it is missing in %s',
    async (body) => {
      for (const path of ['/send_message', '/call_tool']) {
        expect(await problemOf('POST', path, body)).toMatchObject({
          status: 400,
          code: 'client_id_missing',
          fields: ['client_id'],
        });
      }
    },
  );

  it.each(named(['5', 'true', '[]', '{}', '""', `"${LONG_NAME}"`]))(
    'answers 422 and names client_id if it is %s',
    async (_, id) => {
      for (const path of ['/send_message', '/call_tool']) {
        const body = `{"client_id":${id},"content":"a","tool_name":"a"}`;
        expect(await problemOf('POST', path, body)).toMatchObject({ status: 422, fields: ['client_id'] });
      }
    },
  );

  it.each([NOBODY, 'no-uuid', '__proto__', 'constructor', ' ', '\\u0000', '\\ud800', '../..'])(
    'answers 404 if it is unknown (%s)',
    async (id) => {
      for (const path of ['/send_message', '/call_tool']) {
        const body = `{"client_id":"${id}","content":"a","tool_name":"a"}`;
        expect(await problemOf('POST', path, body)).toMatchObject({ status: 404, code: 'client_not_found' });
      }
    },
  );

  it('answers 404 to pushes after its client has left, and removes the row', async () => {
    const left = await TestClient.connect(server.webSocketUrl);
    expect((await request('DELETE', `/clients/${left.clientId}`)).status).toBe(204);
    await left.closed;
    const body = JSON.stringify({ client_id: left.clientId, content: 'a', tool_name: 'a' });
    for (const path of ['/send_message', '/call_tool']) {
      expect((await problemOf('POST', path, body)).code).toBe('client_not_found');
    }
    for (const method of ['GET', 'DELETE']) {
      expect((await problemOf(method, `/clients/${left.clientId}`)).code).toBe('client_not_found');
    }
  });
});

describe('a field', () => {
  const id = `"client_id":"${NOBODY}"`;
  it.each<[path: string, body: string, fields: string[]]>([
    ['/send_message', `{${id}}`, ['content']],
    ['/send_message', `{${id},"content":null}`, ['content']],
    ['/send_message', `{${id},"content":5}`, ['content']],
    ['/send_message', `{${id},"content":["a"]}`, ['content']],
    ['/send_message', `{${id},"content":{"text":"a"}}`, ['content']],
    ['/send_message', `{${id},"__proto__":{"content":"a"}}`, ['content']],
    ['/send_message', '{"client_id":5,"content":5}', ['content', 'client_id']],
    ['/call_tool', `{${id}}`, ['tool_name']],
    ['/call_tool', `{${id},"tool_name":null}`, ['tool_name']],
    ['/call_tool', `{${id},"tool_name":5}`, ['tool_name']],
    ['/call_tool', `{${id},"tool_name":""}`, ['tool_name']],
    ['/call_tool', `{${id},"tool_name":"${LONG_NAME}"}`, ['tool_name']],
    ['/call_tool', `{${id},"tool_name":"a","params":"b"}`, ['params']],
    ['/broadcast', '{}', ['message_type']],
    ['/broadcast', '{"message_type":null}', ['message_type']],
    ['/broadcast', '{"message_type":5}', ['message_type']],
    ['/broadcast', '{"message_type":""}', ['message_type']],
    ['/broadcast', `{"message_type":"${LONG_NAME}"}`, ['message_type']],
    ['/broadcast', '{"message_type":"news","data":"text"}', ['data']],
    ['/broadcast', '{"__proto__":{"message_type":"news"}}', ['message_type']],
  ])('of POST %s %s answers 422 and names the field if it is wrong', async (path, body, fields) => {
    expect(await problemOf('POST', path, body)).toMatchObject({ status: 422, code: 'invalid_request', fields });
  });
});

describe('a page', () => {
  const limits = ['0', '1001', '-1', '1.5', 'abc', '', 'NaN', 'Infinity', '1e400', '0x10', '1e2', '+5', '%205', '1,2'];
  it.each(limits)('answers 422 to limit=%s and names the limit', async (limit) => {
    for (const path of ['/clients', `/clients/${client.clientId}/messages`]) {
      expect(await problemOf('GET', `${path}?limit=${limit}`)).toMatchObject({ status: 422, fields: ['limit'] });
    }
  });

  it('answers 422 to two limits and names the limit', async () => {
    expect(await problemOf('GET', '/clients?limit=1&limit=2')).toMatchObject({ status: 422, fields: ['limit'] });
  });

  it.each(named(['garbage', '', '%00', '__proto__', '%ED%A0%80', '-1', '9'.repeat(400), 'c'.repeat(1_025)]))(
    'answers 422 to the cursor %s and names the cursor',
    async (_, cursor) => {
      for (const path of ['/clients', `/clients/${client.clientId}/messages`]) {
        expect(await problemOf('GET', `${path}?cursor=${cursor}`)).toMatchObject({ status: 422, fields: ['cursor'] });
      }
    },
  );

  it('shows nothing of a client at another client’s cursor', async () => {
    for (const content of ['one', 'two']) {
      await client.ask({ type: 'chat_message', data: { content } });
      await bystander.ask({ type: 'chat_message', data: { content: `not ${content}` } });
    }
    const { text } = await request('GET', `/clients/${client.clientId}/messages?limit=1`);
    const cursor = encodeURIComponent(JSON.parse(text).next_cursor);
    const other = await request('GET', `/clients/${bystander.clientId}/messages?cursor=${cursor}`);
    expect([200, 422]).toContain(other.status);
    expect(other.text).not.toMatch(/"(Echo: )?(one|two)"/);
  });
});

describe('a path', () => {
  it.each([
    '/nothing',
    '/clients//messages',
    '/clients/x/messages/1',
    '/__proto__',
    '/constructor',
    '//',
    '/%2e%2e/package.json',
    '/clients%2f1',
    '/CLIENTS',
    '/%E0%A4%A',
    '/%',
    '/$default',
    '/docs/..%2f..%2fpackage.json',
    '/docs/constructor',
    '/docs/index.html',
  ])('%s answers 404 because it is unknown', async (path) => {
    expect(await problemOf('GET', path)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it.each(['%E0%A4%A', '%', '%00', '%ED%A0%80', '__proto__', 'constructor', '%2F', '%20', '..%2f'])(
    '/clients/%s answers 404 because it names nobody',
    async (id) => {
      for (const [method, rest] of [
        ['GET', ''],
        ['GET', '/messages'],
        ['DELETE', ''],
      ] as const) {
        const problem = await problemOf(method, `/clients/${id}${rest}`);
        expect(problem).toMatchObject({ status: 404, code: 'client_not_found' });
      }
    },
  );

  it('of an unknown broadcast answers 404', async () => {
    for (const id of [NOBODY, '__proto__', '%E0%A4%A']) {
      expect((await problemOf('GET', `/broadcasts/${id}`)).code).toBe('broadcast_not_found');
    }
  });

  it('with a name that is too long answers 422 and names it', async () => {
    expect(await problemOf('GET', `/clients/${'a'.repeat(8_000)}`)).toMatchObject({
      status: 422,
      fields: ['client_id'],
    });
    expect(await problemOf('GET', `/broadcasts/${LONG_NAME}`)).toMatchObject({ status: 422, fields: ['broadcast_id'] });
  });

  it('longer than the platform allows is refused, and the server continues', async () => {
    const { status, text } = await request('GET', `/clients/${'a'.repeat(100_000)}`);
    expect([414, 431]).toContain(status);
    expectNoInternals(text);
    await expectAllWell();
  });

  it.each<[method: string, path: string, allow: string]>([
    ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ['PUT', '/send_message', 'POST, OPTIONS'],
    ['GET', '/broadcast', 'POST, OPTIONS'],
    ['DELETE', '/clients/', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/clients/%E0%A4%A', 'GET, HEAD, DELETE, OPTIONS'],
  ])('with the wrong method (%s %s) answers 405 and lists the allowed methods', async (method, path, allow) => {
    const problem = await problemOf(method, path);
    expect([problem.status, problem.code]).toEqual([405, 'method_not_allowed']);
    expect(problem.headers.get('allow')?.split(', ').sort()).toEqual(allow.split(', ').sort());
  });
});

describe('a push that is too large', () => {
  it.each<[path: string, body: (text: string) => object]>([
    ['/send_message', (content) => ({ client_id: client.clientId, content })],
    ['/call_tool', (text) => ({ client_id: client.clientId, tool_name: 'show', params: { text } })],
    ['/broadcast', (text) => ({ message_type: 'news', data: { text } })],
  ])('to POST %s answers 413, and nobody gets anything', async (path, body) => {
    for (const text of ['a'.repeat(MAX_MESSAGE_BYTES), '語'.repeat(MAX_MESSAGE_BYTES / 3), '\ud800'.repeat(22_000)]) {
      const problem = await problemOf('POST', path, JSON.stringify(body(text)));
      expect([problem.status, problem.code]).toEqual([413, 'payload_too_large']);
    }
  });

  it('answers 413 to a body above eight times the message limit without parsing it', async () => {
    const longest = ' '.repeat(8 * MAX_MESSAGE_BYTES);
    expect((await problemOf('POST', '/broadcast', longest)).code).toBe('invalid_json');
    const problem = await problemOf('POST', '/broadcast', `${longest} `);
    expect([problem.status, problem.code]).toEqual([413, 'payload_too_large']);
  });

  it('answers 413 even if it exceeds the platform’s own limit', async () => {
    const { status, text } = await request('POST', '/broadcast', 'x'.repeat(10_485_761));
    expect(status).toBe(413);
    expectNoInternals(text);
    await expectAllWell();
  });
});

describe('a strange but valid push', () => {
  const send = (content: string, extra = '') => `{"client_id":"${client.clientId}","content":${content}${extra}}`;

  it.each<[what: string, content: string]>([
    ['no characters', '""'],
    ['U+0000', '"\\u0000"'],
    ['a lone surrogate', '"\\ud800"'],
  ])('delivers content with %s unchanged', async (_, content) => {
    expect((await request('POST', '/send_message', send(content))).status).toBe(200);
    expect((await client.next()).data).toEqual({ content: JSON.parse(content), from_api: true });
    await expectAllWell();
  });

  it('is parsed as JSON whatever its content type', async () => {
    for (const type of ['text/plain', 'application/octet-stream', 'Application/JSON; charset=utf-8']) {
      const { status } = await request('POST', '/send_message', send('"é"'), { 'content-type': type });
      expect(status).toBe(200);
      expect((await client.next()).data.content).toBe('é');
    }
  });

  it('delivers __proto__ in params like any other key', async () => {
    const body = `{"client_id":"${client.clientId}","tool_name":"__proto__","params":{"__proto__":{"polluted":true}}}`;
    expect((await request('POST', '/call_tool', body)).status).toBe(200);
    const { data } = await client.next();
    expect(data.tool_name).toBe('__proto__');
    expect(JSON.stringify(data.params)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    await expectAllWell();
  });

  it('has its unknown fields ignored', async () => {
    const { status } = await request(
      'POST',
      '/send_message',
      send('"a"', ',"from_api":false,"type":1,"__proto__":{"x":1}'),
    );
    expect(status).toBe(200);
    expect((await client.next()).data).toEqual({ content: 'a', from_api: true });
  });
});

it('none of this logged a failure, because bad input is not one', () => {
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
});
