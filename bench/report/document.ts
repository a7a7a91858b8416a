/** docs/performance.md and its picture: what was measured is written anew between its marks, what people wrote stays. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readings } from '../readings';
import { writeMeasured } from './measured-part';
import { growthPicture } from './picture';
import { asideTable, mainTable, processorTable, RATE_NOTE } from './tables';

const FOLDER = join(__dirname, '../../docs');

export function writeDocument(readings: Readings, machine: readonly string[], rounds: number): void {
  writeFileSync(join(FOLDER, 'images/growth.svg'), growthPicture(readings));
  const measured = [
    `Measured on ${new Date().toISOString().slice(0, 10)} with \`npm run bench\`: ${machine.join('; ')}.`,
    `${RATE_NOTE} Medians of ${rounds} rounds in which the servers take turns; in brackets the least and the most.`,
    '',
    mainTable(readings),
    '',
    '![Rates, latency, broadcast time and memory by number of connections](images/growth.svg)',
    '',
    '### Whose processor was the limit',
    '',
    processorTable(readings),
    '',
    '### Beside it',
    '',
    asideTable(readings),
    '',
  ].join('\n');
  writeMeasured('performance.md', measured);
}
