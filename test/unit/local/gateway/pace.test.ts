import { createPace } from '../../../../local/gateway/pace';

it('starts a limited number per turn, and the rest in order in later turns', () => {
  const turns: (() => void)[] = [];
  const begun: number[] = [];
  const pace = createPace(2, (callback) => turns.push(callback));
  for (const number of [1, 2, 3, 4, 5]) pace(() => begun.push(number));
  expect(begun).toEqual([1, 2]);
  turns.shift()?.();
  expect(begun).toEqual([1, 2, 3, 4]);
  pace(() => begun.push(6));
  expect(begun).toHaveLength(4);
  while (turns.length > 0) turns.shift()?.();
  expect(begun).toEqual([1, 2, 3, 4, 5, 6]);
  pace(() => begun.push(7));
  expect(begun.at(-1)).toBe(7);
});
