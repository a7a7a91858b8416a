import { queryOf, valuesByName } from '../../../../local/gateway/query';

describe('the query of a URL', () => {
  it.each([
    ['/', ''],
    ['/?', ''],
    ['/?a=1', 'a=1'],
    ['/?a=1?b=2', 'a=1?b=2'],
    [undefined, ''],
  ])('of %s is %j', (url, query) => {
    expect(queryOf(url)).toBe(query);
  });

  it('has its values by name, each in its order, whatever the names are', () => {
    expect([...valuesByName('b=1&a=2&b=%20&__proto__=3&flag&constructor=4&b=5')]).toEqual([
      ['b', ['1', ' ', '5']],
      ['a', ['2']],
      ['__proto__', ['3']],
      ['flag', ['']],
      ['constructor', ['4']],
    ]);
  });

  it('costs no more a name where there are many: to look each up among all of them would outlast this test', () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `name${index}`);
    expect([...valuesByName(names.join('&')).keys()]).toEqual(names);
  });
});
