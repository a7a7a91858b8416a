/** The assumptions of a simulation, in words, with its numbers. */
import { ITEM_LATENCY, PAGE_LATENCY } from './database';
import { COLD_START, QUEUED } from './functions';
import { ACCOUNT_BURST, ACCOUNT_RATE, POST_LATENCY } from './platform';
import { GONE_SHARE, type Simulation } from './simulate';

/** @param newTable  write units a second that a new table supports */
export function assumptions({ options, messageBytes }: Simulation, newTable: number): string[] {
  const { memoryMegabytes, coreMillisecondsAPost, tableWritesASecond } = options;
  return [
    `- An account makes ${count(ACCOUNT_RATE)} calls of @connections a second, and ${ACCOUNT_BURST} at once after a pause; calls above that are answered 429.`,
    `  Nothing else happens in the account meanwhile. A post takes ${POST_LATENCY.mean} ms on average and ${POST_LATENCY.least} at least, and ${GONE_SHARE * 100} % of the`,
    '  connections are gone.',
    `- A task has a function of ${count(memoryMegabytes)} MB (one core is 1,769 MB), and spends ${coreMillisecondsAPost} ms of a core on each session: the`,
    `  figure below, rounded up. Its code is loaded in ${COLD_START.mean} ms on average, after ${QUEUED.mean} ms in the queue.`,
    `- A call of DynamoDB takes ${ITEM_LATENCY.mean} ms on average, a page or a batch ${PAGE_LATENCY.mean}. A table takes ${count(tableWritesASecond)} write units a second, as the`,
    `  quota allows. A new one starts with ${count(newTable)}: then the history limits the speed, as the last column shows.`,
    '  DynamoDB scales a table with its use, and you can raise its warm throughput in advance.',
    `- Posts to disconnected clients are charged. The message has ${messageBytes} bytes; in history, each kilobyte of one costs a write unit.`,
  ];
}

function count(value: number): string {
  return value.toLocaleString('en');
}
