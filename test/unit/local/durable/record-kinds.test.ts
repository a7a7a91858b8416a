import { KIND } from '../../../../local/durable/record-kinds';

test('each kind of record on disk has its own letter', () => {
  const letters = Object.values(KIND);
  expect(letters.filter((letter) => !/^[a-z]$/.test(letter))).toEqual([]);
  expect(new Set(letters).size).toBe(letters.length);
});
