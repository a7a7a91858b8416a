/** Zod issues become error details: each names its field, and repeats nothing of the value. */
import fc from 'fast-check';
import * as z from 'zod';
import { clientMessages } from '../../../lambdas/protocol/client-messages';
import { isJsonObject, nestsDeeperThan, parseJson, stringifyJson } from '../../../lambdas/protocol/json';
import { detailsFromIssues, parseWith, summaryOfDetails } from '../../../lambdas/protocol/validation';

function detailsOf(schema: z.core.$ZodType, value: unknown) {
  const { error } = z.safeParse(schema, value);
  return detailsFromIssues(error?.issues ?? [], 'message');
}

/** The possible field names in a message, as on the wire: `data`, `data.content`. */
function fieldsOf({ shape }: (typeof clientMessages)[keyof typeof clientMessages]): string[] {
  const { properties = {} } = z.toJSONSchema(shape.data, { io: 'input', unrepresentable: 'any' });
  return [...Object.keys(shape), ...Object.keys(properties).map((name) => `data.${name}`)];
}

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

describe('a number with more digits than a double has', () => {
  const schema = z.object({
    share: z.number().nullish(),
    count: z.int().optional(),
    list: z.array(z.number()).optional(),
    either: z.union([z.object({ at: z.number() }), z.boolean()]).optional(),
    text: z.string().optional(),
    any: z.unknown().optional(),
  });
  const read = (text: string) => parseWith(schema, parseJson(text));

  it('is read as the nearest double if the schema wants a number', () => {
    const { data } = read(
      '{"share":0.10000000000000001,"list":[1,-0,2.2999999999999998224],"either":{"at":0.1000000000000000055}}',
    );
    expect(data).toEqual({ share: 0.1, list: [1, -0, 2.3], either: { at: 0.1 } });
  });

  it('is every double that %.17g prints', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (share) => {
        // toPrecision drops the sign of -0; printf keeps it
        const digits = Object.is(share, -0) ? '-0' : share.toPrecision(17);
        expect(read(`{"share":${digits}}`).data?.share).toBe(share);
      }),
    );
  });

  it('keeps its digits if the schema allows any value', () => {
    const { data } = read('{"share":0.10000000000000001,"any":{"id":9007199254740993}}');
    expect(stringifyJson(data)).toBe('{"share":0.1,"any":{"id":9007199254740993}}');
  });

  it('is refused if the schema wants no number, or if no double is near it', () => {
    expect(read('{"text":9007199254740993}').error?.issues).toHaveLength(1);
    expect(read('{"share":1e400}').error?.issues).toMatchObject([{ path: ['share'] }]);
    expect(read('{"count":9007199254740993}').error?.issues).toMatchObject([{ path: ['count'] }]);
    expect(read('{"share":0.10000000000000001,"text":5}').error?.issues).toMatchObject([{ path: ['text'] }]);
  });
});

describe('details', () => {
  const schema = z.object({ data: z.object({ tags: z.array(z.string()) }), type: z.string() });

  it('name fields by a dotted path, and array elements by index', () => {
    const details = detailsOf(schema, { data: { tags: ['a', 5] }, type: null });
    expect(details.map(({ path }) => path)).toEqual(['data.tags.1', 'type']);
  });

  it('name the whole value as the caller does', () => {
    expect(detailsOf(schema, 5).map(({ path }) => path)).toEqual(['message']);
  });

  it('do not reveal the internal class of a number that a double cannot hold', () => {
    const value = parseJson('{"type": 9007199254740993}');
    expect(detailsOf(z.object({ type: z.string() }), value)).toEqual([
      { path: 'type', message: 'Invalid input: expected string, received a number that a double cannot hold' },
    ]);
  });

  it('say what is allowed', () => {
    expect(detailsOf(z.object({ type: z.string() }), { type: 1 })).toEqual([
      { path: 'type', message: 'Invalid input: expected string, received number' },
    ]);
  });

  it.each<[z.core.$ZodType, unknown, string]>([
    [z.string(), undefined, 'Missing: expected string'],
    [z.string(), null, 'Invalid input: expected string, received null'],
    [z.number(), 'x', 'Invalid input: expected number, received string'],
    [z.record(z.string(), z.string()), [], 'Invalid input: expected object, received array'],
    [z.int(), 1.5, 'Invalid input: expected whole number, received number'],
    [z.string().check(z.minLength(1)), '', 'Invalid input: expected at least 1 character'],
    [z.string().check(z.maxLength(2)), 'abc', 'Invalid input: expected at most 2 characters'],
    [z.string().check(z.length(2)), 'abc', 'Invalid input: expected exactly 2 characters'],
    [z.array(z.string()).check(z.minLength(1)), [], 'Invalid input: expected at least 1 item'],
    [z.number().max(5), 6, 'Invalid input: expected at most 5'],
    [z.number().check(z.gt(0)), 0, 'Invalid input: expected more than 0'],
    [z.number().check(z.multipleOf(5)), 6, 'Invalid input: expected a multiple of 5'],
    [z.enum(['read', 'push', 'admin']), 'fly', 'Invalid input: expected "read", "push" or "admin"'],
    [z.literal(1), 2, 'Invalid input: expected 1'],
    [z.uuid(), 'x', 'Invalid input: expected a valid uuid'],
    [z.strictObject({}), { a: 1 }, 'Invalid input: unknown field a'],
    [z.union([z.string(), z.number()]), true, 'Invalid input'],
  ])('say what is wrong in plain words: case %#', (schema, value, message) => {
    expect(detailsOf(z.object({ field: schema }), { field: value })).toEqual([{ path: 'field', message }]);
  });

  it('accept any field name unchanged, including those of Object.prototype', () => {
    const strict = z.record(z.string(), z.number());
    expect(detailsOf(strict, JSON.parse('{"constructor":"a","":"b"}')).map(({ path }) => path)).toEqual([
      'constructor',
      '',
    ]);
  });

  it('always name a field of the message, and never repeat its text', () => {
    const secret = 'SECRET-4711';
    const value = fc.oneof(
      fc.constant(secret),
      fc.constant([secret]),
      fc.constant({ [secret]: secret }),
      fc.jsonValue(),
      fc.constant(undefined),
    );
    const object = fc.record({ type: value, data: value, message_id: value, timestamp: value });
    expect(fieldsOf(clientMessages.tool_call)).toEqual(expect.arrayContaining(['type', 'data', 'data.tool_name']));
    const messages = Object.values(clientMessages).map((schema) => ({ schema, fields: fieldsOf(schema) }));
    fc.assert(
      fc.property(fc.constantFrom(...messages), object, ({ schema: message, fields }, given) => {
        for (const { path, message: sentence } of detailsOf(message, given)) {
          expect(fields).toContain(path);
          expect(sentence).not.toContain(secret);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the error summary', () => {
  it('is the first detail, and the number of others', () => {
    const one = { path: 'data.content', message: 'Invalid input: expected string' };
    expect(summaryOfDetails([one])).toBe('data.content: Invalid input: expected string');
    expect(summaryOfDetails([one, one, one])).toBe('data.content: Invalid input: expected string (and 2 more)');
  });

  it('has a text even without details', () => {
    expect(summaryOfDetails([])).toBe('not valid');
  });
});

describe('nesting depth', () => {
  it('is counted exactly', () => {
    for (const levels of [1, 2, 100]) {
      expect(nestsDeeperThan(nested(levels), levels)).toBe(false);
      expect(nestsDeeperThan(nested(levels + 1), levels)).toBe(true);
    }
  });

  it('is 0 for values that hold no others', () => {
    for (const value of [null, 5, 'text', true, undefined]) expect(nestsDeeperThan(value, 0)).toBe(false);
    expect(nestsDeeperThan({}, 0)).toBe(true);
  });

  it('is counted only as deep as needed, and also below __proto__', () => {
    expect(nestsDeeperThan(nested(60_000), 1_000)).toBe(true);
    expect(nestsDeeperThan(JSON.parse('{"__proto__":{"a":{}}}'), 2)).toBe(true);
  });

  it('equals that of a naive implementation', () => {
    const levelsOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(levelsOf)) : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(10), (value, levels) => {
        expect(nestsDeeperThan(value, levels)).toBe(levelsOf(value) > levels);
      }),
      { numRuns: 500 },
    );
  });
});

it('an object is neither null nor an array', () => {
  expect([{}, JSON.parse('{"__proto__":1}')].every(isJsonObject)).toBe(true);
  expect([null, [], 'text', 5, true, undefined].some(isJsonObject)).toBe(false);
});
