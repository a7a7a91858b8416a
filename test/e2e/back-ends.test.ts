/** Back ends chosen by settings: what they are asked, what clients get, and what stays secret. */
import { Webhook } from 'standardwebhooks';
import { CONVERSE_END, converseEvent, converseWith } from '../support/fake-bedrock';
import {
  chunk,
  completeWith,
  type EndpointRequest,
  type FakeEndpoint,
  LAST_CHUNKS,
  startFakeEndpoint,
} from '../support/fake-endpoint';
import { startTestServer, type TestServer } from '../support/local-server';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';

const KEY = 'sk-secret-of-the-model';
const SECRET = `whsec_${Buffer.from('a secret that signs').toString('base64')}`;

let endpoint: FakeEndpoint;
let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  endpoint = await startFakeEndpoint();
});
afterAll(() => endpoint.stop());

async function start(environment: Record<string, string>, wire = false): Promise<void> {
  server = await startTestServer(environment, { wire, app: testApp });
  client = await TestClient.connect(server.webSocketUrl);
}

afterEach(async () => {
  await client.close();
  await server.stop();
});

const ask = (content: string, from = client) =>
  from.send({ type: 'chat_message', data: { content, stream: true }, message_id: 'q' });

/** Everything in the log, including causes. */
function logged(): string {
  return server.log
    .map(({ event, fields, cause }) => `${event} ${JSON.stringify(fields)} ${textOfError(cause)}`)
    .join('\n');
}

function textOfError(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return `${cause.stack} ${JSON.stringify(cause)} ${textOfError(cause.cause)}`;
}

const openai = () => ({ RESPONDER: 'openai', RESPONDER_URL: `${endpoint.url}/v1`, RESPONDER_MODEL: 'tiny-1' });

describe.each([
  ['in memory', false],
  ['--wire', true],
])('openai, %s', (_, wire) => {
  it('needs three settings, and answers streamed or whole, under the model’s name', async () => {
    await start(openai(), wire);
    ask('Hello');
    const request = await endpoint.next();
    expect(request.json).toMatchObject({
      model: 'tiny-1',
      stream: true,
      max_tokens: 2_048,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    request.response.writeHead(200, { 'content-type': 'text/event-stream' });
    request.response.write(chunk({ role: 'assistant', content: 'Good ' }));
    expect((await client.nextOf('chat_delta')).data).toEqual({ index: 0, delta: 'Good ' });
    request.response.end(`${chunk({ content: 'day' })}${LAST_CHUNKS}`);
    const { data } = await client.nextOf('chat_response');
    expect(data).toMatchObject({ content: 'Good day', status: 'completed', model: 'tiny-1' });
  });

  it('has its request aborted by a cancel', async () => {
    await start(openai(), wire);
    ask('Hello');
    const { response, cutOff } = await endpoint.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ content: 'Once' }));
    await client.nextOf('chat_delta');
    client.send({ type: 'cancel', data: { message_id: 'q' } });
    await cutOff;
    expect(response.writableFinished).toBe(false);
    expect((await client.nextOf('chat_response')).data).toMatchObject({ status: 'cancelled', content: 'Once' });
  });
});

describe('openai', () => {
  it('gets the system prompt, the client’s own conversation and its key', async () => {
    await start({ ...openai(), RESPONDER_SYSTEM_PROMPT: 'Be kind.', RESPONDER_HISTORY: '4', RESPONDER_KEY: KEY });
    const contents = ['one', 'two', 'three'];
    for (const content of contents) {
      client.send({ type: 'chat_message', data: { content, role: 'system' } });
      completeWith(await endpoint.next(), { content: `re: ${content}` });
      await client.nextOf('chat_response');
    }
    const { json, headers } = endpoint.requests.at(-1) as EndpointRequest;
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(json.messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 're: one' },
      { role: 'user', content: 'two' },
      { role: 'assistant', content: 're: two' },
      { role: 'user', content: 'three' },
    ]);
  });

  it('gets as much of the conversation as configured, however many tools were called since', async () => {
    await start({ ...openai(), RESPONDER_HISTORY: '2' });
    ask('My name is Ada.');
    completeWith(await endpoint.next(), { content: 'Hello Ada.' });
    await client.nextOf('chat_response');
    for (let call = 0; call < 110; call++) {
      client.send({ type: 'tool_call', data: { tool_name: 'add', params: { a: call, b: 1 } } });
      await client.nextOf('tool_response');
    }
    ask('What is my name?');
    const request = await endpoint.next();
    expect(request.json.messages).toEqual([
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Hello Ada.' },
      { role: 'user', content: 'What is my name?' },
    ]);
    completeWith(request, { content: 'Ada.' });
    await client.nextOf('chat_response');
  });

  it('never gets one client’s words in another’s prompt', async () => {
    await start(openai());
    const clients = [client, ...(await Promise.all([1, 2].map(() => TestClient.connect(server.webSocketUrl))))];
    for (const round of [1, 2]) {
      await Promise.all(
        clients.map((one, index) => one.send({ type: 'chat_message', data: { content: `word-of-${index} ${round}` } })),
      );
      for (const _ of clients) {
        const request = await endpoint.next();
        const owner = /word-of-\d/.exec(request.json.messages.at(-1).content)?.[0] ?? '';
        for (const { content } of request.json.messages) expect(content).toContain(owner);
        expect(request.json.messages).toHaveLength(round * 2 - 1);
        completeWith(request, { content: `answer to ${owner}` });
      }
      await Promise.all(clients.map((one) => one.nextOf('chat_response')));
    }
    await Promise.all(clients.slice(1).map((one) => one.close()));
  });

  it('may call the app’s tools in rounds, with the checks of a client’s call', async () => {
    await start(openai());
    ask('How much is 2 + 3?');
    const first = await endpoint.next();
    const add = first.json.tools.find(({ function: { name } }: { function: { name: string } }) => name === 'add');
    expect(add.function).toMatchObject({
      description: 'Adds two numbers.',
      parameters: { type: 'object', required: ['a', 'b'], properties: { a: { type: 'number' } } },
    });
    const call = (index: number, name: string, text: string) => ({
      index,
      id: `call-${index}`,
      type: 'function',
      function: { name, arguments: text },
    });
    completeWith(
      first,
      { tool_calls: [call(0, 'add', '{"a":2,')] },
      {
        tool_calls: [
          { index: 0, function: { arguments: '"b":3}' } },
          call(1, 'add', '{"a":"two"}'),
          call(2, 'none', '{}'),
        ],
      },
    );
    const second = await endpoint.next();
    const results = second.json.messages.filter(({ role }: { role: string }) => role === 'tool');
    expect(results.map(({ content }: { content: string }) => JSON.parse(content))).toMatchObject([
      { result: 5 },
      { error: { code: 'invalid_params' } },
      { error: { code: 'unknown_tool' } },
    ]);
    completeWith(second, { content: 'It is 5.' });
    expect((await client.nextOf('chat_response')).data.content).toBe('It is 5.');
  });

  it('may send null for missing fields, repeat the id in each piece of a call, and omit a call’s index', async () => {
    await start(openai());
    ask('2 + 3, and 4 + 5?');
    const first = await endpoint.next();
    const whole = { id: 'call-2', type: 'function', function: { name: 'add', arguments: '{"a":4,"b":5}' } };
    completeWith(
      first,
      { content: null, tool_calls: null },
      { tool_calls: [{ index: 0, id: 'call-1', function: { name: 'add', arguments: null } }] },
      { tool_calls: [{ index: 0, id: 'call-1', function: { name: null, arguments: '{"a":2,' } }] },
      { tool_calls: [{ index: 0, id: null, function: { arguments: '"b":3}' } }] },
      { tool_calls: [whole] },
    );
    const second = await endpoint.next();
    const results = second.json.messages.filter(({ role }: { role: string }) => role === 'tool');
    expect(results).toEqual([
      { role: 'tool', tool_call_id: 'call-1', content: '{"result":5}' },
      { role: 'tool', tool_call_id: 'call-2', content: '{"result":9}' },
    ]);
    completeWith(second, { content: 'They are 5 and 9.' });
    expect((await client.nextOf('chat_response')).data.content).toBe('They are 5 and 9.');
  });

  it('is offered no tools after eight rounds of tool calls', async () => {
    await start(openai());
    ask('Loop');
    let rounds = 0;
    for (; ; rounds++) {
      const request = await endpoint.next();
      if (!request.json.tools) {
        completeWith(request, { content: 'enough' });
        break;
      }
      const add = { name: 'add', arguments: '{"a":1,"b":1}' };
      completeWith(request, { tool_calls: [{ index: 0, id: `c${rounds}`, type: 'function', function: add }] });
    }
    expect(rounds).toBe(8);
    expect((await client.nextOf('chat_response')).data.content).toBe('enough');
  });

  it('is offered no tools if they are turned off', async () => {
    await start({ ...openai(), RESPONDER_TOOLS: 'off' });
    ask('Hello');
    const request = await endpoint.next();
    expect(request.json).not.toHaveProperty('tools');
    completeWith(request, { content: 'Hi' });
    await client.nextOf('chat_response');
  });

  it.each([
    ['a page of HTML', 'text/html', '<html>hunter2</html>'],
    ['JSON as a whole', 'application/json', '{"choices":[{"message":{"content":"hunter2"},"finish_reason":"stop"}]}'],
    ['nothing', 'text/event-stream', 'data: [DONE]\n\n'],
    ['a stream that is cut off', 'text/event-stream', chunk({ content: 'hunter2' })],
  ])('fails if it answers %s, and the log says why', async (_, type, body) => {
    await start(openai());
    ask('Hello');
    const { response } = await endpoint.next();
    response.writeHead(200, { 'content-type': type }).end(body);
    expect((await client.nextOf('chat_response')).data.status).toBe('failed');
    expect(logged()).toContain("the model's endpoint ended its answer without finish_reason");
    expect(logged()).not.toContain('hunter2');
  });

  it('fails with the configured message to the client, and logs no key, prompt or answer', async () => {
    await start({ ...openai(), RESPONDER_KEY: KEY, RESPONDER_FAILURE_TEXT: 'Not now.', LOG_LEVEL: 'debug' });
    ask('my password is hunter2');
    const refused = await endpoint.next();
    const quoting = { error: { message: `bad key ${KEY} for my password is hunter2` } };
    refused.response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(quoting));
    expect((await client.nextOf('chat_response')).data).toMatchObject({ status: 'failed', content: 'Not now.' });

    ask('again, hunter2');
    const broken = await endpoint.next();
    broken.response.writeHead(200, { 'content-type': 'text/event-stream' });
    broken.response.write(chunk({ content: 'the answer to hunter2' }));
    await client.nextOf('chat_delta');
    broken.response.destroy();
    expect((await client.nextOf('chat_response')).data).toMatchObject({ status: 'failed', content: 'Not now.' });
    expect(logged()).toContain("the model's endpoint answered 401");
    for (const secret of [KEY, 'hunter2', 'the answer']) expect(logged()).not.toContain(secret);
  });
});

describe('http', () => {
  const http = () => ({ RESPONDER: 'http', RESPONDER_URL: `${endpoint.url}/answer`, RESPONDER_KEY: SECRET });

  it('gets the conversation, signed with Standard Webhooks, and answers in JSON', async () => {
    await start(http());
    ask('Hello');
    const { body, json, headers, response } = await endpoint.next();
    expect(json).toEqual({
      message: { content: 'Hello', role: 'user' },
      history: [],
      client_id: client.clientId,
      labels: [],
    });
    new Webhook(SECRET).verify(body, headers as Record<string, string>); // throws for a wrong signature
    expect(() =>
      new Webhook(SECRET).verify(body.replace('Hello', 'Hallo'), headers as Record<string, string>),
    ).toThrow();
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"content": "Good day"}');
    expect((await client.nextOf('chat_response')).data).toMatchObject({ content: 'Good day', model: 'http' });
  });

  it('can answer with an event stream, which is forwarded as it arrives', async () => {
    await start(http());
    ask('Hello');
    const { response } = await endpoint.next();
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write('data: {"delta": "Good "}\n\n');
    expect((await client.nextOf('chat_delta')).data.delta).toBe('Good ');
    response.end('data: {"delta": "day"}\n\ndata: [DONE]\n\n');
    expect((await client.nextOf('chat_response')).data.content).toBe('Good day');
  });

  it.each([
    ['JSON behind a byte order mark', 'application/json', '\ufeff{"content": "Good day"}'],
    ['an event stream in capitals', 'Text/Event-Stream', 'data: {"delta": "Good day"}\n\n'],
  ])('can answer with %s', async (_, type, body) => {
    await start(http());
    ask('Hello');
    (await endpoint.next()).response.writeHead(200, { 'content-type': type }).end(body);
    expect((await client.nextOf('chat_response')).data).toMatchObject({ status: 'completed', content: 'Good day' });
  });

  it('is cut off if it sends an event that never ends', async () => {
    await start(http());
    ask('Hello');
    const { response, cutOff } = await endpoint.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${'x'.repeat(2_000_000)}`);
    await cutOff;
    expect((await client.nextOf('chat_response')).data.status).toBe('failed');
  });

  it.each([
    ['an error status', 500, 'application/json', '{"content":"hunter2"}', 'the service answered 500'],
    ['invalid JSON', 200, 'application/json', 'hunter2', 'the service sent no JSON'],
    ['JSON without content', 200, 'application/json', '{"text":"hunter2"}', 'the service answered without content'],
    ['an event stream without an event', 200, 'text/event-stream', ': hunter2\n\n', 'the service sent no event'],
    [
      'a text that is only called an event stream',
      200,
      'text/event-stream',
      '<p>hunter2</p>',
      'the service sent no event',
    ],
    ['an event without delta', 200, 'text/event-stream', 'data: {"text":"hunter2"}\n\n', 'without delta'],
    ['a redirect', 302, 'text/html', '', 'the service failed'],
  ])('fails if it answers %s, and the log says why without quoting it', async (_, status, type, body, why) => {
    await start(http());
    ask('Hello');
    const { response } = await endpoint.next();
    response.writeHead(status, { 'content-type': type, location: '/elsewhere' }).end(body);
    expect((await client.nextOf('chat_response')).data.status).toBe('failed');
    expect(logged()).toContain(why);
    for (const secret of ['hunter2', SECRET]) expect(logged()).not.toContain(secret);
  });
});

describe('bedrock', () => {
  const event = converseEvent;
  const answerWith = converseWith;
  const end = CONVERSE_END;
  const said = (text: string) => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text } });
  const environment = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: KEY, AWS_REGION: 'eu-west-1' };

  beforeAll(() => Object.assign(process.env, environment));
  afterAll(() => {
    for (const name of Object.keys(environment)) delete process.env[name];
  });

  it('answers through ConverseStream, with a system prompt and tools', async () => {
    await start({
      ...{ RESPONDER: 'bedrock', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'amazon.nova-lite-v1:0' },
      RESPONDER_SYSTEM_PROMPT: 'Be kind.',
    });
    ask('2 + 3?');
    const first = await endpoint.next();
    expect(first.json).toMatchObject({
      messages: [{ role: 'user', content: [{ text: '2 + 3?' }] }],
      system: [{ text: 'Be kind.' }],
      inferenceConfig: { maxTokens: 2_048 },
      toolConfig: { tools: [{ toolSpec: { name: 'current_time' } }, { toolSpec: { name: 'add' } }] },
    });
    const block = { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't1', name: 'add' } } };
    const input = { contentBlockIndex: 0, delta: { toolUse: { input: '{"a":2,"b":3}' } } };
    answerWith(first, event('contentBlockStart', block), event('contentBlockDelta', input), end);
    const second = await endpoint.next();
    expect(second.json.messages.slice(1)).toEqual([
      { role: 'assistant', content: [{ toolUse: { toolUseId: 't1', name: 'add', input: { a: 2, b: 3 } } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 't1', content: [{ text: '{"result":5}' }] } }] },
    ]);
    answerWith(second, said('It '), said('is 5.'), end);
    expect((await client.nextOf('chat_response')).data).toMatchObject({
      content: 'It is 5.',
      model: 'amazon.nova-lite-v1:0',
    });
  });

  it('passes numbers in a tool’s input on digit for digit', async () => {
    await start({ RESPONDER: 'bedrock', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'm' });
    ask('Look up my order');
    const numbers = '{"id":9007199254740993,"rate":0.1000000000000000055,"all":[-1e400,7]}';
    const block = { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't1', name: 'order' } } };
    const input = { contentBlockIndex: 0, delta: { toolUse: { input: numbers } } };
    answerWith(
      await endpoint.next(),
      event('contentBlockStart', block),
      event('contentBlockDelta', input),
      CONVERSE_END,
    );
    const second = await endpoint.next();
    expect(second.body).toContain(`"input":${numbers}`);
    expect(second.headers['content-length']).toBe(String(Buffer.byteLength(second.body)));
    answerWith(second, said('Found.'), end);
    expect((await client.nextOf('chat_response')).data.content).toBe('Found.');
  });

  it('fails if its stream ends without messageStop', async () => {
    await start({ RESPONDER: 'bedrock', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'm' });
    ask('Hello');
    answerWith(await endpoint.next(), said('It was the best of'));
    expect((await client.nextOf('chat_response')).data.status).toBe('failed');
    expect(logged()).toContain('Bedrock ended its answer without messageStop');
  });

  it('fails if it refuses, and the log has neither key nor prompt', async () => {
    await start({ RESPONDER: 'bedrock', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'm' });
    ask('hunter2');
    const { response } = await endpoint.next();
    response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{"message":"hunter2 is denied"}');
    expect((await client.nextOf('chat_response')).data.status).toBe('failed');
    expect(logged()).toContain('Bedrock answered 403');
    for (const secret of [KEY, 'hunter2']) expect(logged()).not.toContain(secret);
  });
});
