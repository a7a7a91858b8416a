/** Messages that look wrong but are valid: odd values, names of Object.prototype, the largest sizes. All are answered normally. */
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_ID_LENGTH, MAX_NAME_LENGTH, MAX_NESTING } from '../../lambdas/protocol/limits';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { type ReceivedFrame, TestClient } from '../support/test-client';

let server: TestServer;
let sender: TestClient;
let bystander: TestClient;
/** The text of the last frame: JSON.parse would hide how a value was written. */
let lastText = '';

beforeAll(async () => {
  server = await startTestServer();
  sender = await TestClient.connect(server.webSocketUrl);
  bystander = await TestClient.connect(server.webSocketUrl);
  sender.socket.on('message', (data) => {
    lastText = data.toString();
  });
});

afterAll(async () => {
  await Promise.all([sender.close(), bystander.close()]);
  await server.stop();
});

async function answerTo(text: string): Promise<ReceivedFrame> {
  sender.sendText(text);
  let frame = await sender.next();
  while (frame.type === 'processing') frame = await sender.next();
  const answerText = lastText;
  for (const client of [sender, bystander]) {
    client.send({ type: 'ping', message_id: client.clientId });
    expect(await client.next()).toMatchObject({ type: 'pong', reply_to: client.clientId });
  }
  lastText = answerText;
  return frame;
}

/** A ping of exactly this many bytes, mostly made of one character. */
function pingOf(bytes: number, character: string): string {
  const envelope = '{"type":"ping","data":{"p":""}}';
  const width = Buffer.byteLength(character);
  const count = Math.floor((bytes - envelope.length) / width);
  const rest = bytes - envelope.length - count * width;
  return `{"type":"ping","data":{"p":"${character.repeat(count)}${'x'.repeat(rest)}"}}`;
}

const chat = (content: string) => `{"type":"chat_message","message_id":"m1","data":{"content":${content}}}`;
const nested = (levels: number) => `${'{"a":'.repeat(levels)}{}${'}'.repeat(levels)}`;

describe('chat', () => {
  it.each<[what: string, content: string]>([
    ['no characters', '""'],
    ['white space', '" \\t\\n"'],
    ['U+0000', '"a\\u0000b"'],
    ['a lone high surrogate', '"a\\ud800b"'],
    ['a lone low surrogate', '"\\udc00"'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"'],
    ['a pair of surrogates as escapes', '"\\ud83d\\ude00"'],
    ['a byte order mark', '"\\ufeff"'],
    ['U+2028', '"\u2028"'],
    ['text from right to left', '"\\u202eabc"'],
    ['text that looks like JSON', '"{\\"type\\":\\"ping\\"}"'],
    ['text that looks like markup', '"<script>alert(1)</script>"'],
    ['an escaped slash', '"\\/"'],
  ])('with %s as content is echoed unchanged', async (_, content) => {
    const { type, data, reply_to: replyTo } = await answerTo(chat(content));
    expect([type, replyTo]).toEqual(['chat_response', 'm1']);
    expect(data.content).toBe(`Echo: ${JSON.parse(content)}`);
  });

  it('uses the last of duplicate keys', async () => {
    const frame = await answerTo('{"type":"ping","type":"chat_message","data":{"content":"a","content":"b"}}');
    expect(frame.data.content).toBe('Echo: b');
  });

  it('accepts any text as role', async () => {
    const frame = await answerTo('{"type":"chat_message","data":{"content":"a","role":"__proto__"}}');
    expect(frame.type).toBe('chat_response');
  });

  it('ignores unknown fields in the message and in its data', async () => {
    const frame = await answerTo(
      '{"type":"chat_message","reply_to":1,"error":{},"toJSON":{},"then":1,"data":{"content":"a","from_api":true,"x":[]}}',
    );
    expect(frame.data).toMatchObject({ content: 'Echo: a', status: 'completed', model: 'echo' });
  });
});

describe('ping', () => {
  it.each<[what: string, text: string]>([
    ['white space around it', ' \r\n\t{"type":"ping"}\n'],
    ['its type in escapes', '{"\\u0074ype":"\\u0070ing"}'],
    ['empty data', '{"type":"ping","data":{}}'],
    ['__proto__ beside its type', '{"__proto__":{"polluted":true},"type":"ping"}'],
    ['constructor.prototype in its data', '{"type":"ping","data":{"constructor":{"prototype":{"polluted":true}}}}'],
    ['a date without time', '{"type":"ping","timestamp":"2024-01-01"}'],
    ['microseconds and no zone, as Python writes them', '{"type":"ping","timestamp":"2024-01-01T00:00:00.123456"}'],
    ['an offset', '{"type":"ping","timestamp":"2024-01-01T00:00:00+05:30"}'],
    ['exactly 131,072 bytes in ASCII', pingOf(MAX_MESSAGE_BYTES, 'a')],
    ['exactly 131,072 bytes in characters of 2 bytes', pingOf(MAX_MESSAGE_BYTES, 'é')],
    ['exactly 131,072 bytes in characters of 4 bytes', pingOf(MAX_MESSAGE_BYTES, '😀')],
  ])('with %s is answered with pong', async (_, text) => {
    expect((await answerTo(text)).type).toBe('pong');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each<[what: string, id: string]>([
    ['128 characters', 'i'.repeat(MAX_MESSAGE_ID_LENGTH)],
    ['one character', '0'],
    ['white space', ' '],
    ['a lone surrogate', '\ud800'],
    ['U+0000', '\u0000'],
    ['the name __proto__', '__proto__'],
  ])('with a message_id of %s is answered with that id', async (_, id) => {
    const frame = await answerTo(JSON.stringify({ type: 'ping', message_id: id }));
    expect([frame.type, frame.reply_to]).toEqual(['pong', id]);
  });
});

describe('a tool call', () => {
  const callOf = (name: string, params: string) =>
    `{"type":"tool_call","message_id":"m1","data":{"tool_name":"${name}","params":${params}}}`;

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', ' ', 'n'.repeat(MAX_NAME_LENGTH)])(
    'of an unknown tool %j is simulated',
    async (name) => {
      const { type, data } = await answerTo(callOf(name, '{}'));
      expect(type).toBe('tool_response');
      expect(data).toMatchObject({ tool_name: name, params: {}, status: 'completed', simulated: true });
    },
  );

  it.each<[what: string, params: string]>([
    ['__proto__ as a key', '{"__proto__":{"polluted":true}}'],
    ['names of Object.prototype as keys', '{"constructor":{"prototype":{"polluted":true}},"toString":1,"toJSON":2}'],
    ['a lone surrogate in a key', '{"\\ud800":1}'],
    ['U+0000 in a key', '{"\\u0000":1}'],
    ['an empty key', '{"":1}'],
    ['as many levels as are allowed', nested(MAX_NESTING - 3)],
  ])('gets params with %s back unchanged', async (_, params) => {
    const { data } = await answerTo(callOf('show', params));
    expect(data.status).toBe('completed');
    expect(JSON.stringify(data.params)).toBe(JSON.stringify(JSON.parse(params)));
    expect(lastText).toContain(`"params":${params}`);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('with one nesting level too many is refused', async () => {
    const { data } = await answerTo(callOf('show', nested(MAX_NESTING - 2)));
    expect(data.code).toBe('invalid_message');
  });

  it.each<[number: string, back: string]>([
    ['1e308', '1e+308'],
    ['-0', '-0'],
    ['5e-324', '5e-324'],
    ['1e-400', '1e-400'],
    ['12345678901234567890', '12345678901234567890'],
    ['1.0', '1'],
  ])('gets the number %s back as %s', async (number, back) => {
    await answerTo(callOf('show', `{"n":${number}}`));
    expect(lastText).toContain(`"params":{"n":${back}}`);
  });

  it('with a number beyond a double is answered', async () => {
    const { type, reply_to: replyTo } = await answerTo(callOf('show', '{"n":1e400}'));
    expect([type, replyTo]).toEqual(['tool_response', 'm1']);
  });

  it.each<[what: string, params: string, code: string]>([
    ['a number beyond a double', '{"a":1e400,"b":1}', 'invalid_params'],
    ['numbers whose sum exceeds a double', '{"a":1e308,"b":1e308}', 'out_of_range'],
    ['text', '{"a":"1","b":2}', 'invalid_params'],
    ['its numbers only in __proto__', '{"__proto__":{"a":1,"b":2}}', 'invalid_params'],
  ])('of a registered tool fails with %s, and says why', async (_, params, code) => {
    const { type, data } = await answerTo(callOf('add', params));
    expect([type, data.status, data.result, data.error.code]).toEqual(['tool_response', 'failed', null, code]);
  });
});

it('strange messages can be read back unchanged from the history', async () => {
  await answerTo('{"type":"chat_message","message_id":"odd","data":{"content":"\\ud800\\u0000","__proto__":{"a":1}}}');
  const { status, body } = await call('GET', `${server.httpUrl}/clients/${sender.clientId}/messages?limit=2`);
  expect(status).toBe(200);
  const [answered, received] = body.messages;
  expect(answered).toMatchObject({ direction: 'out', reply_to: 'odd', data: { content: 'Echo: \ud800\u0000' } });
  expect(received).toMatchObject({ direction: 'in', message_id: 'odd', data: { content: '\ud800\u0000' } });
});

it('none of this logged a failure', () => {
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
});
