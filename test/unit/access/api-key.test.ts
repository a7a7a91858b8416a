import crypto from 'node:crypto';
import { isApiKey, isSame } from '../../../lambdas/access/api-key';
import { createTestKeys } from '../../support/keys';

const CURRENT = 'current-key-of-32-characters-or-more';
const PREVIOUS = 'previous-key-of-32-characters-or-more';

describe('an API key', () => {
  it.each([
    ['the current one', CURRENT],
    ['the previous one, until it is retired', PREVIOUS],
  ])('is valid as %s', async (_, given) => {
    expect(await isApiKey(given, createTestKeys({ current: CURRENT, previous: PREVIOUS }))).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['one character less', CURRENT.slice(0, -1)],
    ['one character more', `${CURRENT}x`],
    ['another last character', `${CURRENT.slice(0, -1)}x`],
    ['another first character', `x${CURRENT.slice(1)}`],
    ['capitals', CURRENT.toUpperCase()],
    ['a space after it', `${CURRENT} `],
    ['both, one after the other', `${CURRENT}${PREVIOUS}`],
    ['a megabyte', 'x'.repeat(1_048_576)],
    ['characters beyond ASCII', 'ключ-🔑-'.repeat(8)],
    ['half a character', '\ud83d'.repeat(40)],
    ['the text undefined', 'undefined'],
  ])('is invalid with %s', async (_, given) => {
    expect(await isApiKey(given, createTestKeys({ current: CURRENT, previous: PREVIOUS }))).toBe(false);
    expect(await isApiKey(given, createTestKeys({ current: CURRENT }))).toBe(false);
  });

  it('is invalid if it is the previous key and that was retired', async () => {
    const keys = createTestKeys({ current: CURRENT, previous: PREVIOUS });
    keys.set({ current: CURRENT });
    expect(await isApiKey(PREVIOUS, keys)).toBe(false);
  });

  it('is valid if it is newer than the cached keys: they are refreshed before it is refused', async () => {
    const keys = createTestKeys({ current: PREVIOUS });
    keys.setUnnoticed({ current: CURRENT, previous: PREVIOUS });
    expect(await isApiKey(PREVIOUS, keys)).toBe(true);
    expect(keys.refreshes()).toBe(0);
    expect(await isApiKey(CURRENT, keys)).toBe(true);
    expect(keys.refreshes()).toBe(1);
  });
});

it('a key is compared with every known key in constant time, as a 32-byte digest', async () => {
  const compare = jest.spyOn(crypto, 'timingSafeEqual');
  for (const given of [CURRENT, PREVIOUS, '', 'x']) {
    compare.mockClear();
    await isApiKey(given, createTestKeys({ current: CURRENT, previous: PREVIOUS }));
    const lengths = compare.mock.calls.flat().map(({ byteLength }) => byteLength);
    expect(lengths.length).toBeGreaterThanOrEqual(4);
    expect(new Set(lengths)).toEqual(new Set([32]));
  }
  compare.mockRestore();
});

describe('two texts', () => {
  it.each([
    ['', ''],
    [CURRENT, CURRENT],
    ['🔑', '🔑'],
  ])('%j and %j are equal', (one, other) => {
    expect(isSame(one, other)).toBe(true);
  });

  it.each([
    ['', 'a'],
    ['a', 'aa'],
    ['a', 'b'],
    [CURRENT, PREVIOUS],
    ['é', 'e\u0301'],
  ])('%j and %j are different, whatever their lengths', (one, other) => {
    expect(isSame(one, other)).toBe(false);
  });
});
