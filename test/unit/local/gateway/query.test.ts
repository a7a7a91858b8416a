import { queryOf, valuesByName } from '../../../../local/gateway/query';

describe('the query of a URL', () => {
  it.each([
    ['/', ''],
    ['/?', ''],
    ['/?a=1', 'a=1'],
    ['/?a=1?b=2', 'a=1?b=2'],
    [undefined, ''],
  ])('%s is parsed to %j', (url, query) => {
    expect(queryOf(url)).toBe(query);
  });

  it('lists the values of each name in order, whatever the names are', () => {
    expect([...valuesByName('b=1&a=2&b=%20&__proto__=3&flag&constructor=4&b=5')]).toEqual([
      ['b', ['1', ' ', '5']],
      ['a', ['2']],
      ['__proto__', ['3']],
      ['flag', ['']],
      ['constructor', ['4']],
    ]);
  });

  it('is parsed in linear time: a quadratic parser would time out here', () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `name${index}`);
    expect([...valuesByName(names.join('&')).keys()]).toEqual(names);
  });
});
