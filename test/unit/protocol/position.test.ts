import { newEpoch } from '../../../lambdas/protocol/position';

const NOW = Date.UTC(2026, 0, 1);

describe('a new epoch', () => {
  it('sorts after every epoch of an earlier time', () => {
    const times = [0, 1, NOW, NOW + 1, NOW + 36 ** 5, Date.UTC(2999, 0, 1)];
    const epochs = times.map(newEpoch);
    expect([...epochs].sort()).toEqual(epochs);
  });

  it('always has 13 characters in base 36', () => {
    for (const time of [0, NOW, Date.UTC(2999, 0, 1)]) expect(newEpoch(time)).toMatch(/^[0-9a-z]{13}$/);
  });

  it('differs from others of the same millisecond', () => {
    const epochs = new Set(Array.from({ length: 100 }, () => newEpoch(NOW)));
    expect(epochs.size).toBeGreaterThan(90);
  });

  it.each([
    ['least', 0],
    ['greatest', 1 - Number.EPSILON],
  ])('keeps its length with the %s random number', (_, random) => {
    const spy = jest.spyOn(Math, 'random').mockReturnValue(random);
    try {
      expect(newEpoch(NOW)).toMatch(random === 0 ? /^[0-9a-z]{9}0000$/ : /^[0-9a-z]{9}zzzz$/);
    } finally {
      spy.mockRestore();
    }
  });
});
