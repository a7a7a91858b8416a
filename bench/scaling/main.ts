/** `npm run scaling`: which quota a growing deployment reaches first, as a table; `--write` renews it in docs/scaling.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { broadcastSeconds, clientsAtLimit, QUOTAS, reconnectSeconds } from './quotas';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];

const number = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: 3 });
const row = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;

function table(): string {
  const head = ['quota or throttle', 'limit', ...SIZES.map((size) => `at ${number(size)}`), 'is met at'];
  const quotas = [...QUOTAS].sort((one, other) => clientsAtLimit(one) - clientsAtLimit(other));
  const rows = quotas.map((quota) => [
    quota.name,
    `${number(quota.limit)} ${quota.unit}`,
    ...SIZES.map((size) => number(quota.usedBy(size))),
    `${number(clientsAtLimit(quota))} clients`,
  ]);
  const times = [
    ['all clients back after an outage', '', ...SIZES.map((size) => `${number(reconnectSeconds(size))} s`), ''],
    ['a broadcast, limited only by the quota', '', ...SIZES.map((size) => `${number(broadcastSeconds(size))} s`), ''],
  ];
  return [row(head), row(head.map(() => '---')), ...[...rows, ...times].map(row)].join('\n');
}

const MARKS = /(<!-- table -->\n)[\s\S]*?(\n<!-- \/table -->)/;

process.stdout.write(`${table()}\n`);
if (process.argv.includes('--write')) {
  const path = join(__dirname, '../../docs/scaling.md');
  writeFileSync(path, readFileSync(path, 'utf8').replace(MARKS, `$1${table()}$2`));
}
