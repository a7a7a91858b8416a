import { TurnLine } from '../../../../local/gateway/turn-line';

it('serves origins round-robin, and each origin first come, first served', () => {
  const line = new TurnLine<{ origin: string; name: string }>();
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) line.add({ origin: name.charAt(0), name });
  expect(line.size).toBe(6);
  const names = Array.from({ length: 7 }, () => line.next()?.name);
  expect(names).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', undefined]);
  expect(line.size).toBe(0);
});

it('serves a newcomer of another origin after at most one waiting client', () => {
  const line = new TurnLine<{ origin: string }>();
  for (let count = 0; count < 1_000; count += 1) line.add({ origin: 'many' });
  line.add({ origin: 'one' });
  expect([line.next(), line.next()]).toEqual([{ origin: 'many' }, { origin: 'one' }]);
});
