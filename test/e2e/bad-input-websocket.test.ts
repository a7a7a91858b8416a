/** Invalid messages over real sockets: each gets an error that names the field, and no other client notices. */
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_ID_LENGTH, MAX_NAME_LENGTH } from '../../lambdas/protocol/limits';
import { startTestServer, type TestServer } from '../support/local-server';
import { type ReceivedFrame, TestClient } from '../support/test-client';

const DEPTH = 10_000;
const deepArrays = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;
const deepObjects = `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`;
const longName = 'n'.repeat(MAX_NAME_LENGTH + 1);
const longId = 'i'.repeat(MAX_MESSAGE_ID_LENGTH + 1);

const chat = (data: string) => `{"type":"chat_message","message_id":"m1","data":${data}}`;
const tool = (data: string) => `{"type":"tool_call","message_id":"m1","data":${data}}`;
const typed = (type: string) => `{"type":${type},"message_id":"m1","data":{}}`;
const identified = (id: string) => `{"type":"ping","message_id":${id}}`;

const NOT_JSON: [what: string, text: string][] = [
  ['empty text', ''],
  ['white space', ' \t\r\n '],
  ['no JSON at all', 'hello'],
  ['truncated JSON', '{"type":"ping"'],
  ['JSON that ends in a string', '{"type":"pi'],
  ['two objects', '{"type":"ping"}{"type":"ping"}'],
  ['single quotes', "{'type':'ping'}"],
  ['a comma too many', '{"type":"ping",}'],
  ['a comment', '/* hi */{"type":"ping"}'],
  ['NaN', '{"type":"ping","data":{"n":NaN}}'],
  ['Infinity', '{"type":"ping","data":{"n":-Infinity}}'],
  ['undefined', 'undefined'],
  ['a raw line feed in a string', '{"type":"pi\nng"}'],
  ['a raw U+0000 in a string', '{"type":"pi\u0000ng"}'],
  ['an escape that is none', '{"type":"\\x70ing"}'],
  ['a number with a leading zero', '{"type":"ping","data":{"n":01}}'],
  ['10,000 arrays that nobody closes', '['.repeat(DEPTH)],
];

/** Each row has the text, the path that its error names, and whether the answer can refer to the message. */
const INVALID: [what: string, text: string, path: string, replyTo: string | undefined][] = [
  ['an array', '[]', 'message', undefined],
  ['an array of messages', '[{"type":"ping","message_id":"m1"}]', 'message', undefined],
  ['a string', '"ping"', 'message', undefined],
  ['a number', '42', 'message', undefined],
  ['a number beyond a double', '1e400', 'message', undefined],
  ['null', 'null', 'message', undefined],
  ['true', 'true', 'message', undefined],
  ['arrays 10,000 deep', deepArrays, 'message', undefined],
  ['an empty object', '{}', 'type', undefined],
  ['no type', '{"message_id":"m1","data":{}}', 'type', 'm1'],
  ['a type that is a number', typed('1'), 'type', 'm1'],
  ['a type that is null', typed('null'), 'type', 'm1'],
  ['a type that is an object', typed('{"toString":"ping"}'), 'type', 'm1'],
  ['a type that is an array', typed('["ping"]'), 'type', 'm1'],
  ['a type only in __proto__', '{"__proto__":{"type":"ping"},"message_id":"m1"}', 'type', 'm1'],
  ['a type in capitals only', '{"TYPE":"ping","message_id":"m1"}', 'type', 'm1'],
  ['two types, the last of which counts', '{"type":"ping","type":7,"message_id":"m1"}', 'type', 'm1'],
  ['chat without data', '{"type":"chat_message","message_id":"m1"}', 'data', 'm1'],
  ['chat with an array as data', chat('[]'), 'data', 'm1'],
  ['chat with text as data', chat('"hello"'), 'data', 'm1'],
  ['chat with null as data', chat('null'), 'data', 'm1'],
  ['chat without content', chat('{}'), 'data.content', 'm1'],
  ['chat with content only in __proto__', chat('{"__proto__":{"content":"a"}}'), 'data.content', 'm1'],
  ['chat with a number as content', chat('{"content":5}'), 'data.content', 'm1'],
  ['chat with null as content', chat('{"content":null}'), 'data.content', 'm1'],
  ['chat with an object as content', chat('{"content":{"text":"a"}}'), 'data.content', 'm1'],
  ['chat with a number as role', chat('{"content":"a","role":1}'), 'data.role', 'm1'],
  ['chat with objects 10,000 deep', chat(`{"content":"a","extra":${deepObjects}}`), 'message', 'm1'],
  ['a tool call without data', '{"type":"tool_call","message_id":"m1"}', 'data', 'm1'],
  ['a tool call with an array as data', tool('[]'), 'data', 'm1'],
  ['a tool call with text as data', tool('"add"'), 'data', 'm1'],
  ['a tool call with null as data', tool('null'), 'data', 'm1'],
  ['a tool call without tool_name', tool('{"params":{}}'), 'data.tool_name', 'm1'],
  ['a tool call with a number as tool_name', tool('{"tool_name":1}'), 'data.tool_name', 'm1'],
  ['a tool call with an empty tool_name', tool('{"tool_name":""}'), 'data.tool_name', 'm1'],
  ['a tool call with a tool_name too long', tool(`{"tool_name":"${longName}"}`), 'data.tool_name', 'm1'],
  ['a tool call with an array as params', tool('{"tool_name":"add","params":[1,2]}'), 'data.params', 'm1'],
  ['a tool call with text as params', tool('{"tool_name":"add","params":"1"}'), 'data.params', 'm1'],
  ['a tool call with params 10,000 deep', tool(`{"tool_name":"x","params":${deepObjects}}`), 'message', 'm1'],
  ['ping with text as data', '{"type":"ping","message_id":"m1","data":"now"}', 'data', 'm1'],
  ['ping with arrays 10,000 deep', `{"type":"ping","message_id":"m1","data":{"a":${deepArrays}}}`, 'message', 'm1'],
  ['a message_id without characters', identified('""'), 'message_id', undefined],
  ['a message_id of 129 characters', identified(`"${longId}"`), 'message_id', undefined],
  ['a message_id that is an object', identified('{}'), 'message_id', undefined],
  ['a message_id that is a fraction', identified('7.5'), 'message_id', undefined],
];

const UNSUPPORTED: [what: string, text: string, replyTo: string | undefined][] = [
  ['an empty type', typed('""'), 'm1'],
  ['a type of 100,000 characters', typed(`"${'t'.repeat(100_000)}"`), 'm1'],
  ['a type in capitals', typed('"PING"'), 'm1'],
  ['a type with white space', typed('" ping"'), 'm1'],
  ['a type with U+0000', typed('"ping\\u0000"'), 'm1'],
  ['a type that is a lone surrogate', typed('"\\ud800"'), 'm1'],
  ['a type that only the server sends', typed('"pong"'), 'm1'],
  ['an unknown type with a message_id that is none', '{"type":"nonsense","message_id":{}}', undefined],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '$default', '$connect'].map(
    (name): [string, string, string] => [`the type ${name}`, typed(JSON.stringify(name)), 'm1'],
  ),
];

let server: TestServer;
let sender: TestClient;
let bystander: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  sender = await TestClient.connect(server.webSocketUrl);
  bystander = await TestClient.connect(server.webSocketUrl);
});

afterAll(async () => {
  await Promise.all([sender.close(), bystander.close()]);
  await server.stop();
});

/** The next frame of each client is its own pong: the connection is open, and nothing else has arrived. */
async function expectOpenAndQuiet(...clients: TestClient[]): Promise<void> {
  for (const client of clients) {
    const id = `from ${client.clientId}`;
    client.send({ type: 'ping', message_id: id });
    expect(await client.next()).toMatchObject({ type: 'pong', reply_to: id });
  }
}

async function errorTo(text: string): Promise<ReceivedFrame> {
  sender.sendText(text);
  const frame = await sender.next();
  expect(frame).toMatchObject({
    type: 'error',
    data: { error: expect.stringMatching(/^[A-Z].*\.$|^Invalid message/s) },
  });
  expect(frame.data.error).not.toMatch(/\bat .*:\d+|node_modules|SyntaxError|TypeError|RangeError|ZodError/);
  expect(JSON.stringify(frame).length).toBeLessThan(1_000);
  await expectOpenAndQuiet(sender, bystander);
  return frame;
}

describe('text that is not JSON', () => {
  it.each(NOT_JSON)('(%s) is answered with invalid_json', async (_, text) => {
    const frame = await errorTo(text);
    expect(frame.data).toEqual({ code: 'invalid_json', error: expect.any(String) });
    expect(frame).not.toHaveProperty('reply_to');
  });
});

describe('an invalid message', () => {
  it.each(INVALID)('(%s) is answered with invalid_message that names the field', async (_, text, path, replyTo) => {
    const frame = await errorTo(text);
    expect(frame.data.code).toBe('invalid_message');
    expect(frame.data.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
    expect(frame.data.error).toContain(path);
    expect(frame.reply_to).toBe(replyTo);
  });
});

describe('a message of an unknown type', () => {
  it.each(UNSUPPORTED)('(%s) is answered with unsupported_type', async (_, text, replyTo) => {
    const frame = await errorTo(text);
    expect(frame.data).toEqual({ code: 'unsupported_type', error: expect.any(String) });
    expect(frame.reply_to).toBe(replyTo);
  });
});

describe('a reply that does not fit into a message', () => {
  it('becomes a payload_too_large error, and the connection stays open', async () => {
    const envelope = '{"type":"chat_message","message_id":"m1","data":{"content":""}}';
    const content = 'c'.repeat(MAX_MESSAGE_BYTES - envelope.length);
    sender.send({ type: 'chat_message', message_id: 'm1', data: { content } });
    expect(await sender.next()).toMatchObject({ type: 'processing', reply_to: 'm1' });
    expect(await sender.next()).toMatchObject({
      type: 'error',
      data: { code: 'payload_too_large' },
      reply_to: 'm1',
    });
    await expectOpenAndQuiet(sender, bystander);
  });

  it('is measured in UTF-8 bytes as sent: a lone surrogate takes six, because it is escaped', async () => {
    const content = '\ud800'.repeat(21_830);
    sender.send({ type: 'chat_message', message_id: 'm1', data: { content } });
    expect((await sender.nextOf('error')).data.code).toBe('payload_too_large');
    await expectOpenAndQuiet(sender, bystander);
  });
});

describe('input that the platform does not accept', () => {
  const tooLarge = (padding: string, bytes: number) => {
    const envelope = '{"type":"ping","data":{"p":""}}';
    const count = Math.floor((bytes - envelope.length) / Buffer.byteLength(padding));
    const rest = bytes - envelope.length - count * Buffer.byteLength(padding);
    return `{"type":"ping","data":{"p":"${padding.repeat(count)}${'x'.repeat(rest)}"}}`;
  };

  it.each<[what: string, code: number, send: (client: TestClient) => void]>([
    ['one byte too many, in ASCII', 1009, (client) => client.sendText(tooLarge('a', MAX_MESSAGE_BYTES + 1))],
    [
      'one byte too many, in characters of 3 bytes',
      1009,
      (client) => client.sendText(tooLarge('語', MAX_MESSAGE_BYTES + 1)),
    ],
    ['one byte too many, not JSON', 1009, (client) => client.sendText('x'.repeat(MAX_MESSAGE_BYTES + 1))],
    ['a binary frame', 1003, (client) => client.socket.send(Buffer.from('{"type":"ping"}'))],
    ['an empty binary frame', 1003, (client) => client.socket.send(Buffer.alloc(0))],
    [
      'invalid UTF-8',
      1007,
      (client) => client.socket.send(Buffer.from('{"type":"\xff"}', 'latin1'), { binary: false }),
    ],
    ['a surrogate in UTF-8', 1007, (client) => client.socket.send(Buffer.from([0xed, 0xa0, 0x80]), { binary: false })],
  ])('(%s) closes that connection with %d, and no other', async (_, code, send) => {
    const client = await TestClient.connect(server.webSocketUrl);
    send(client);
    expect((await client.closed).code).toBe(code);
    await expectOpenAndQuiet(bystander);
  });
});

it('none of this logged a failure, because bad input is not one', () => {
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
});
