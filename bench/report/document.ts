/** docs/performance.md and its picture: the measured parts between the marks are rewritten, everything else stays. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readings } from '../readings';
import { measuredWith, writeMeasured } from './measured-part';
import { growthPicture } from './picture';
import { asideTable, barsTable, mainTable, processorTable, RATE_NOTE, sendsTable } from './tables';

const FOLDER = join(__dirname, '../../docs');

const noteOn = (rounds: number) =>
  `${RATE_NOTE} Medians of ${rounds} rounds in which the servers take turns; in brackets the minimum and the maximum.`;

export function writeBars(readings: Readings, machine: readonly string[], rounds: number): void {
  const lines = [measuredWith('npm run bench', machine), noteOn(rounds), '', barsTable(readings), ''];
  writeMeasured('performance.md', lines.join('\n'), 'bars');
}

export function writeSends(readings: Readings, machine: readonly string[], rounds: number): void {
  const note = `The least of ${rounds} rounds in which the servers take turns; ratios are medians of rounds.`;
  const lines = [measuredWith('npm run bench -- --sends', machine), note, '', sendsTable(readings), ''];
  writeMeasured('performance.md', lines.join('\n'), 'sends');
}

export function writeDocument(readings: Readings, machine: readonly string[], rounds: number): void {
  writeFileSync(join(FOLDER, 'images/growth.svg'), growthPicture(readings));
  const measured = [
    measuredWith('npm run bench', machine),
    noteOn(rounds),
    '',
    mainTable(readings),
    '',
    '![Rates, latency, broadcast time and memory by number of connections](images/growth.svg)',
    '',
    '### Which processor was the limit',
    '',
    processorTable(readings),
    '',
    '### Further figures',
    '',
    asideTable(readings),
    '',
  ].join('\n');
  writeMeasured('performance.md', measured);
  writeBars(readings, machine, rounds);
}
