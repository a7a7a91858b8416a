import { fieldsOf, objectFrom, paramsFrom } from '../../../console/schema-form';

const fields =
  fieldsOf({
    type: 'object',
    properties: {
      page: { type: 'integer', description: 'From 1.' },
      zoom: { type: 'number', default: 1.5 },
      language: { enum: ['en', 'zh', 3] },
      reload: { type: 'boolean' },
      note: { type: 'string', default: 'n' },
      marks: { type: 'array' },
    },
    required: ['page'],
  }) ?? [];

it('has an input for each property', () => {
  expect(fields.map(({ name, kind, initial, isRequired }) => [name, kind, initial, isRequired])).toEqual([
    ['page', 'integer', '', true],
    ['zoom', 'number', '1.5', false],
    ['language', 'choice', '', false],
    ['reload', 'boolean', 'false', false],
    ['note', 'text', 'n', false],
    ['marks', 'json', '', false],
  ]);
  expect(fields[2]?.choices).toEqual(['"en"', '"zh"', '3']);
});

it.each([undefined, true, { type: 'string' }, { oneOf: [] }, { type: 'object', properties: 3 }])(
  'offers raw JSON instead of a form for the schema %j',
  (schema) => {
    expect(fieldsOf(schema)).toBeUndefined();
  },
);

it('makes parameters of the filled-in fields, digit for digit, and leaves out empty ones', () => {
  const values = { page: '12345678901234567890', note: '', language: '"zh"', marks: '[1e400]' };
  expect(paramsFrom(fields, new Map(Object.entries(values)))).toBe(
    '{"page":12345678901234567890,"zoom":1.5,"language":"zh","reload":false,"marks":[1e400]}',
  );
});

it.each([
  [{}, 'page: is_missing'],
  [{ page: '1.5' }, 'page: bad_integer'],
  [{ page: '1', zoom: '1,5' }, 'zoom: bad_number'],
  [{ page: '1', marks: '[' }, 'marks: bad_json'],
])('refuses %j with %s', (values, message) => {
  expect(() => paramsFrom(fields, new Map(Object.entries(values)))).toThrow(message);
});

it('supports properties named like those of Object.prototype', () => {
  const inherited = fieldsOf({ properties: { constructor: { type: 'string' }, valueOf: { type: 'string' } } }) ?? [];
  expect(paramsFrom(inherited, new Map())).toBe('{}');
  expect(paramsFrom(inherited, new Map([['constructor', 'a']]))).toBe('{"constructor":"a"}');
});

it('keeps a JSON object as it was written, and turns an empty text into an empty object', () => {
  expect(objectFrom(' {"a": 1.10} ', 'data')).toBe(' {"a": 1.10} ');
  expect(objectFrom(' ', 'data')).toBe('{}');
  expect(() => objectFrom('[]', 'data')).toThrow('data: bad_object');
  expect(() => objectFrom('{', 'data')).toThrow('data: bad_json');
});
