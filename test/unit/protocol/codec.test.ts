/** Properties of the codec and the message handler that hold for any text a client sends. */
import fc from 'fast-check';
import { encode, frameOf, isTooLarge, parseObject } from '../../../lambdas/protocol/codec';
import { ERROR_CODES, ProtocolError } from '../../../lambdas/protocol/errors';
import type { JsonObject } from '../../../lambdas/protocol/json';
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_ID_LENGTH } from '../../../lambdas/protocol/limits';
import { messageIdOf } from '../../../lambdas/protocol/marks';
import { errorMessage } from '../../../lambdas/protocol/server-messages';
import { serverMessages } from '../../../lambdas/protocol/server-schemas';
import { create } from '../../../lambdas/websocket/message';
import { createRecordingConnections, createRecordingLog, messageDependencies } from '../../support/fakes';

const RUNS = 400;
const INTERNALS = /\n\s*at |node_modules|\.ts:\d|SyntaxError|TypeError|RangeError|ZodError/;
const uuid = '0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11';
const time = '2024-01-01T00:00:00.000Z';

/** Code units of every kind, including lone surrogates. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);
const oddKey = fc.constantFrom('__proto__', 'constructor', 'toString', 'toJSON', 'then', '', 'type', 'data', 'content');
const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    anyText,
    fc.constantFrom(0, -0, 1e308, Number.MAX_SAFE_INTEGER),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.oneof(oddKey, anyText), tie('value')), { maxLength: 3 }).map(Object.fromEntries),
  ),
})).value;

/** An object whose fields are each correct, wrong or missing. */
function fields(shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<JsonObject> {
  const each = Object.entries(shape).map(([name, right]) => [
    name,
    fc.oneof({ weight: 3, arbitrary: right }, anyValue),
  ]);
  return fc.record(Object.fromEntries(each), { requiredKeys: [] });
}

const toolData = fields({
  tool_name: fc.constantFrom('add', 'current_time', '__proto__'),
  params: fields({ a: fc.double(), b: fc.double() }),
});
const anyMessage = fields({
  type: fc.constantFrom('chat_message', 'tool_call', 'ping', '__proto__', 'constructor'),
  data: fc.oneof(fields({ content: anyText, role: anyText }), toolData),
  message_id: anyText,
  timestamp: fc.constant(time),
});

/** Near the limit: whether the reply fits depends on the UTF-8 size of its characters. */
const largeMessage = fc
  .tuple(fc.constantFrom('a', 'é', '語', '😀', '\ud800', '"', '\u0000'), fc.integer({ min: -400, max: 50 }))
  .map(([character, difference]) => {
    const width = Buffer.byteLength(JSON.stringify(character)) - 2;
    const content = character.repeat(Math.floor((MAX_MESSAGE_BYTES + difference - 100) / width));
    return { type: 'chat_message', message_id: 'm'.repeat(MAX_MESSAGE_ID_LENGTH), data: { content } };
  });

function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Text of the right length, or an integer as text. */
function usableId(id: unknown): string | undefined {
  const text = typeof id === 'number' && Number.isInteger(id) ? String(id) : id;
  return typeof text === 'string' && text.length >= 1 && text.length <= MAX_MESSAGE_ID_LENGTH ? text : undefined;
}

describe('parsing', () => {
  it('returns an object or throws a ProtocolError of the closed set, whatever the text', () => {
    const text = fc.oneof(
      anyText,
      anyValue.map((value) => JSON.stringify(value)),
      anyMessage.map((value) => JSON.stringify(value).slice(0, -1)),
    );
    fc.assert(
      fc.property(text, (given) => {
        const error = errorOf(() => {
          const object = parseObject(given);
          expect([typeof object, Array.isArray(object), object === null]).toEqual(['object', false, false]);
        });
        if (error === undefined) return;
        expect(error).toBeInstanceOf(ProtocolError);
        expect(ERROR_CODES).toContain((error as ProtocolError).code);
        const { data } = errorMessage(error as ProtocolError);
        expect(JSON.stringify(data)).not.toMatch(INTERNALS);
      }),
      { numRuns: RUNS },
    );
  });

  it('refuses texts above the message limit, and accepts all shorter ones', () => {
    const text = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    expect(parseObject(text(MAX_MESSAGE_BYTES))).toHaveProperty('a');
    expect(errorOf(() => parseObject(text(MAX_MESSAGE_BYTES + 1)))).toMatchObject({ code: 'payload_too_large' });
  });

  it('keeps __proto__ as a key like any other', () => {
    const object = parseObject('{"__proto__":{"polluted":true}}');
    expect(Object.keys(object)).toEqual(['__proto__']);
    expect(({} as JsonObject).polluted).toBeUndefined();
  });

  it('finds one message id or none, whatever message_id is', () => {
    fc.assert(
      fc.property(fc.oneof(anyValue, fc.string({ minLength: 120, maxLength: 140 })), (id) => {
        expect(messageIdOf({ message_id: id })).toBe(usableId(id));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a frame', () => {
  it('survives encoding and decoding unchanged', () => {
    const data = fc.dictionary(
      fc.oneof(
        anyText,
        oddKey.filter((key) => key !== 'toJSON'),
      ),
      fc.jsonValue({ noUnicodeString: false }),
    );
    fc.assert(
      fc.property(anyText, data, fc.option(fc.string(), { nil: undefined }), (type, content, replyTo) => {
        const frame = frameOf({ type, data: content }, uuid, time, replyTo);
        // As in JSON, which has no -0.
        expect(parseObject(encode(frame))).toEqual(JSON.parse(JSON.stringify(frame)));
        expect(parseObject(encode(frame))).toMatchObject({ type, message_id: uuid, timestamp: time });
        expect('reply_to' in parseObject(encode(frame))).toBe(replyTo !== undefined);
      }),
      { numRuns: RUNS },
    );
  });

  it('is too large exactly if its UTF-8 size exceeds the message limit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a', 'é', '語', '😀', '\ud800'),
        fc.integer({ min: -5, max: 5 }),
        (character, difference) => {
          const text = character.repeat(Math.ceil((MAX_MESSAGE_BYTES + difference) / Buffer.byteLength(character)));
          expect(isTooLarge(text)).toBe(Buffer.byteLength(text) > MAX_MESSAGE_BYTES);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the message handler with arbitrary input', () => {
  async function framesFor(text: string) {
    const texts: string[] = [];
    const connections = createRecordingConnections();
    connections.post = async (_, posted) => {
      texts.push(posted);
      return 'delivered' as const;
    };
    const log = createRecordingLog();
    const message = create(messageDependencies({ connections, log }));
    const authorizer = { client_id: 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11' };
    const requestContext = { connectionId: 'R1kmxc2VNjMCFIA=', connectedAt: Date.now(), authorizer };
    const result = (await message({ requestContext, body: text })) as { body?: string };
    if (result.body !== undefined) texts.push(result.body);
    return { texts, log };
  }

  async function expectProper(text: string): Promise<void> {
    const { texts, log } = await framesFor(text);
    const frames = texts.map((posted) => JSON.parse(posted));
    for (const [index, frame] of frames.entries()) {
      const schema = serverMessages[frame.type as keyof typeof serverMessages];
      expect(schema.strict().safeParse(frame).error).toBeUndefined();
      expect(Buffer.byteLength(texts[index] as string)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
      if (frame.type === 'error') expect(frame.data.error).not.toMatch(INTERNALS);
    }
    const types = frames.map(({ type }) => type);
    expect(types.slice(0, -1)).toEqual(types.length === 2 ? ['processing'] : []);
    expect(types.at(-1)).toMatch(/^(pong|chat_response|tool_response|error)$/);
    expect(frames.at(-1).data.code).not.toBe('internal_error');
    expect(log.errors).toEqual([]);
    expect(({} as JsonObject).polluted).toBeUndefined();
  }

  it('answers any text with one proper reply', async () => {
    await fc.assert(fc.asyncProperty(anyText, expectProper), { numRuns: 500 });
  });

  it('answers any JSON value with one proper reply', async () => {
    const text = anyValue.map((value) => JSON.stringify(value));
    await fc.assert(fc.asyncProperty(text, expectProper), { numRuns: 500 });
  });

  it('answers any almost valid message with one proper reply', async () => {
    const text = anyMessage.map((value) => JSON.stringify(value));
    await fc.assert(fc.asyncProperty(text, expectProper), { numRuns: RUNS });
  });

  it('answers messages near the size limit with one proper reply', async () => {
    const text = largeMessage.map((value) => JSON.stringify(value));
    await fc.assert(fc.asyncProperty(text, expectProper), { numRuns: 200 });
  });

  it('has the message_id in reply_to whenever it is usable', async () => {
    await fc.assert(
      fc.asyncProperty(anyMessage, async (given) => {
        const { texts } = await framesFor(JSON.stringify(given));
        const { message_id: id } = given;
        for (const text of texts) expect(JSON.parse(text).reply_to).toBe(usableId(id));
      }),
      { numRuns: RUNS },
    );
  });
});
