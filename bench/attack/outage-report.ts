/** The results of the outages, as a table. */
import type { Share } from '../../test/support/outage';
import { textTable } from '../report/text-table';
import type { OutageReading } from './outages';

const share = ({ answered, asked }: Share) => `${answered.toLocaleString('en')} of ${asked.toLocaleString('en')}`;
const seconds = (milliseconds: number) => (milliseconds / 1_000).toFixed(1);

const HEAD = [
  'the store',
  'host',
  'for, s',
  'chats answered',
  'reported as not stored',
  'pushes answered 200',
  'handshakes',
  'new client served after, s',
  'push served after, s',
  'no stale session after, s',
  'problems',
];

export function outageTable(readings: readonly OutageReading[]): string {
  const rows = readings.map((reading) => [
    reading.mood,
    reading.host,
    String(reading.seconds),
    share(reading.chats),
    reading.saidUnstored.toLocaleString('en'),
    share(reading.pushes),
    share(reading.connects),
    seconds(reading.newcomerServed),
    seconds(reading.pushServed),
    seconds(reading.sessionsClean),
    reading.problems.join('; ') || 'none',
  ]);
  return textTable([HEAD, ...rows]);
}
