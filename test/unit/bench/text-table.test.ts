import { textTable, withRows } from '../../../bench/report/text-table';

const HEAD = ['attack', 'ratio'];
const older = `Measured before.\n\n${textTable([HEAD, ['a flood', '1.0'], ['hostile frames', '2.0']])}\n`;

it('replaces the rows of a name, keeps the others, and adds new ones', () => {
  const newer = textTable([HEAD, ['hostile frames', '3.5'], ['slow bodies', '4.0']]);
  expect(withRows(older, newer)).toBe(
    textTable([HEAD, ['a flood', '1.0'], ['hostile frames', '3.5'], ['slow bodies', '4.0']]),
  );
});

it('drops rows of a table with other columns', () => {
  const newer = textTable([
    [...HEAD, 'memory'],
    ['a flood', '1.0', '7'],
  ]);
  expect(withRows(older, newer)).toBe(newer);
});

it('begins a table if there is none', () => {
  const newer = textTable([HEAD, ['a flood', '1.0']]);
  expect(withRows('Not measured yet.\n', newer)).toBe(newer);
});
