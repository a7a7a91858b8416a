/** What a simulation takes for granted, in words, with the numbers that it runs on. */
import { ITEM_LATENCY, PAGE_LATENCY } from './database';
import { COLD_START, QUEUED } from './functions';
import { ACCOUNT_BURST, ACCOUNT_RATE, POST_LATENCY } from './platform';
import { GONE_SHARE, type Simulation } from './simulate';

/** @param newTable  write units a second that a table is ready for at first */
export function assumptions({ options, messageBytes }: Simulation, newTable: number): string[] {
  const { memoryMegabytes, coreMillisecondsAPost, tableWritesASecond } = options;
  return [
    `- An account makes ${count(ACCOUNT_RATE)} calls of @connections a second, and ${ACCOUNT_BURST} at once after a pause; what is above is answered 429.`,
    `  Nothing else happens in the account meanwhile. A post takes ${POST_LATENCY.mean} ms on average and ${POST_LATENCY.least} at least, and ${GONE_SHARE * 100} % of the`,
    '  connections are gone.',
    `- A task has a function of ${count(memoryMegabytes)} MB (one core is 1,769 MB), and spends ${coreMillisecondsAPost} ms of a core on each session: the`,
    `  figure below, rounded up. Its code is loaded in ${COLD_START.mean} ms on average, after ${QUEUED.mean} ms in the queue.`,
    `- A call of DynamoDB takes ${ITEM_LATENCY.mean} ms on average, a page or a batch ${PAGE_LATENCY.mean}. A table takes ${count(tableWritesASecond)} write units a second, as the`,
    `  quota has it. One that is new is ready for ${count(newTable)}: then the history is what takes the time, and the last column shows it.`,
    '  DynamoDB makes more room when a table is used, and its warm throughput can be raised before.',
    `- Posts to the gone are charged. The message has ${messageBytes} bytes; in history, each kilobyte of one costs a write unit.`,
  ];
}

function count(value: number): string {
  return value.toLocaleString('en');
}
