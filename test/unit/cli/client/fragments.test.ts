import { fragmentsOf } from '../../../../cli/client/fragments';

describe('the frames of a message', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [32_000, [32_000]],
    [32_001, [32_000, 1]],
    [96_000, [32_000, 32_000, 32_000]],
  ])('have at most 32,000 bytes each: %d', (length, sizes) => {
    const fragments = fragmentsOf('x'.repeat(length));
    expect(fragments.map(({ bytes }) => bytes.length)).toEqual(sizes);
    expect(fragments.map(({ last }) => last)).toEqual(sizes.map((_, index) => index === sizes.length - 1));
  });

  it('are cut at byte offsets, and join to the same text', () => {
    const text = `a${'界'.repeat(30_000)}`;
    const fragments = fragmentsOf(text);
    expect(Math.max(...fragments.map(({ bytes }) => bytes.length))).toBe(32_000);
    expect(Buffer.concat(fragments.map(({ bytes }) => bytes)).toString()).toBe(text);
  });
});
