/** docs/fidelity.md says nothing that no test shows. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const ROWS = 45;

interface Row {
  number: number;
  reproduced: string;
  files: string[];
}

/** The lines of the table, `| number | behaviour | here | shown by | others |`. */
const rows = readFileSync(join(ROOT, 'docs/fidelity.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line): Row => {
    const [, number, , reproduced = '', files = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return {
      number: Number(number),
      reproduced,
      files: [...files.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string),
    };
  });

/** The rows that a test file names at the start of its test names: `row 7: …` or `rows 3, 5 and 7: …`. */
function rowsShownBy(file: string): number[] {
  const path = join(ROOT, 'test/fidelity', file);
  if (!existsSync(path)) return [];
  const names = readFileSync(path, 'utf8').matchAll(/['"`]rows? (\d+(?:(?:, | and )\d+)*): /g);
  return [...names].flatMap((match) => (match[1] as string).split(/, | and /).map(Number));
}

it('has every row once, in order, with a plain yes or no', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
  expect(rows.filter(({ reproduced }) => !['yes', 'no'].includes(reproduced))).toEqual([]);
});

it('names a file with a test of that row for each row that is reproduced', () => {
  const reproduced = rows.filter((row) => row.reproduced === 'yes');
  expect(reproduced.filter(({ files }) => files.length === 0)).toEqual([]);
  const claims = reproduced.flatMap(({ number, files }) => files.map((file) => ({ number, file })));
  expect(claims.filter(({ number, file }) => !rowsShownBy(file).includes(number))).toEqual([]);
});

it('gives the reason for each row that is not reproduced, and those are few', () => {
  const missing = rows.filter((row) => row.reproduced === 'no');
  const [, reasons = ''] = readFileSync(join(ROOT, 'docs/fidelity.md'), 'utf8').split('## What is not reproduced');
  expect(missing.filter(({ number }) => !reasons.includes(`**Row ${number}**`))).toEqual([]);
  expect(ROWS - missing.length).toBeGreaterThanOrEqual(40);
});
