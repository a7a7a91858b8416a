import { SharedBodies } from '../../../../local/gateway/shared-bodies';

const bodyOf = (fill: string, bytes = 20_000) => Buffer.alloc(bytes, fill).toString('base64');

it('a repeated large body shares its memory', () => {
  const shared = new SharedBodies();
  const text = bodyOf('a');
  const bytes = shared.of(text);
  expect([bytes, shared.isShared(bytes)]).toEqual([Buffer.alloc(20_000, 'a'), false]);
  expect(shared.of(text)).toBe(bytes);
  expect(shared.isShared(bytes)).toBe(true);
});

it('a small body is decoded each time and is not shared', () => {
  const shared = new SharedBodies();
  const text = bodyOf('a', 100);
  const [first, second] = [shared.of(text), shared.of(text)];
  expect(second).toEqual(Buffer.alloc(100, 'a'));
  expect(second).not.toBe(first);
  expect(shared.isShared(second)).toBe(false);
});

it('the ninth body replaces the least recently used one', () => {
  const shared = new SharedBodies();
  const texts = Array.from({ length: 9 }, (_, index) => bodyOf(String(index)));
  const first = texts.slice(0, 8).map((text) => shared.of(text));
  expect(shared.of(texts[0] as string)).toBe(first[0]);
  shared.of(texts[8] as string);
  expect(shared.of(texts[2] as string)).toBe(first[2]);
  expect(shared.of(texts[1] as string)).not.toBe(first[1]);
});
