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

it('has a kind of input for each property', () => {
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
  'leaves the schema %j to people who write JSON',
  (schema) => {
    expect(fieldsOf(schema)).toBeUndefined();
  },
);

it('makes parameters of what was filled in, digit for digit, without what was left empty', () => {
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

it('fills in a property named as something that every object has', () => {
  const inherited = fieldsOf({ properties: { constructor: { type: 'string' }, valueOf: { type: 'string' } } }) ?? [];
  expect(paramsFrom(inherited, new Map())).toBe('{}');
  expect(paramsFrom(inherited, new Map([['constructor', 'a']]))).toBe('{"constructor":"a"}');
});

it('takes a JSON object as it was written, and nothing for an empty one', () => {
  expect(objectFrom(' {"a": 1.10} ', 'data')).toBe(' {"a": 1.10} ');
  expect(objectFrom(' ', 'data')).toBe('{}');
  expect(() => objectFrom('[]', 'data')).toThrow('data: bad_object');
  expect(() => objectFrom('{', 'data')).toThrow('data: bad_json');
});
